package ctl

import (
	"context"
	"errors"

	"tournant/internal/aws"
)

// ec2 is EC2 as this instance may use it.
type ec2 struct {
	meta   *aws.Metadata
	client *aws.Client
	self   aws.Identity
}

func (b *backend) ec2(ctx context.Context) (_ *ec2, err error) {
	e := &ec2{meta: aws.NewMetadata("")}
	defer func() {
		if err != nil {
			e.meta.Close()
		}
	}()
	if e.self, err = e.meta.Identity(ctx); err != nil {
		return nil, err
	}
	h := b.c.HA
	e.client, err = aws.New(ctx, aws.Config{
		Region: h.Region, Endpoint: h.Endpoint, Metadata: e.meta,
		Keys: aws.Keys{AccessKeyID: h.AccessKey.Reveal(), SecretAccessKey: h.SecretKey.Reveal()},
	})
	return e, err
}

func (e *ec2) close() {
	e.client.Close()
	e.meta.Close()
}

// advised adds what to do to an error of AWS's.
func advised(err error) error {
	var e *aws.Error
	if errors.As(err, &e) {
		return fail("%s\n%s", sentence(err), e.Advice())
	}
	return err
}
