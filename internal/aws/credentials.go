package aws

import (
	"context"
	"errors"
	"log/slog"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
)

// Keys are an access key of AWS. However they are printed, the secret one is
// not shown.
type Keys struct {
	AccessKeyID     string
	SecretAccessKey string
}

const hidden = "[hidden]"

func (k Keys) String() string {
	if k == (Keys{}) {
		return "no keys"
	}
	return "access key " + k.AccessKeyID + " " + hidden
}

// GoString keeps the secret out of %#v.
func (k Keys) GoString() string { return k.String() }

// LogValue keeps it out of logs.
func (k Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText keeps it out of JSON.
func (k Keys) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// provider returns where requests find what to sign with: the keys, or the
// role of the instance, renewed five minutes before it ends.
func (k Keys) provider(md *Metadata) (sdk.CredentialsProvider, error) {
	if (k.AccessKeyID == "") != (k.SecretAccessKey == "") {
		return nil, errors.New("ha['aws_access_key_id'] and ha['aws_secret_access_key'] belong together: set both, or none to use the role of the instance")
	}
	if k != (Keys{}) {
		return credentials.NewStaticCredentialsProvider(k.AccessKeyID, k.SecretAccessKey, ""), nil
	}
	asked := role{ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = md.client })}
	return sdk.NewCredentialsCache(asked, func(o *sdk.CredentialsCacheOptions) { o.ExpiryWindow = 5 * time.Minute }), nil
}

// role asks for the keys of the instance's role. It is asked once for all who
// wait, so that what became of it has to be in the error, which all of them get,
// and not in the context of the first.
type role struct{ *ec2rolecreds.Provider }

func (r role) Retrieve(ctx context.Context) (sdk.Credentials, error) {
	ctx, status := withStatus(ctx)
	creds, err := r.Provider.Retrieve(ctx)
	if err == nil {
		return creds, nil
	}
	e := metadataError("instance role", int(status.Load()), err)
	if e.Code == NotFound {
		e.Code = NoCredentials
	}
	return sdk.Credentials{}, e
}

// retrieve finds what to sign with now.
func (c *Client) retrieve(ctx context.Context, action Action) (sdk.Credentials, error) {
	creds, err := c.credentials.Retrieve(ctx)
	if err == nil {
		return creds, nil
	}
	e := Error{Code: Unreachable, Err: err} // time was over
	var asked *Error
	if errors.As(err, &asked) {
		e = *asked
	}
	e.Op = string(action)
	return sdk.Credentials{}, &e
}
