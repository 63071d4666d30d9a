package agent

import (
	"context"
	"errors"
	"slices"
	"time"

	"tournant/internal/aws"
	"tournant/internal/ha"
)

// lockFor is how long what was seen of the volume is believed of what it is,
// not of who has it: a volume can be turned into no lock while nobody has it.
const lockFor = 10 * time.Minute

// check makes sure that an attachment of the volume is a lock: nobody else can
// have it at the same time.
func (c *cloud) check(ctx context.Context, client *aws.Client, here *instance) error {
	c.mu.Lock()
	known := c.checked != 0 && now().Sub(c.checked) < lockFor
	c.mu.Unlock()
	if known {
		return nil
	}
	_, _, err := c.volume(ctx, client, here)
	return err
}

func (c *cloud) volume(ctx context.Context, client *aws.Client, here *instance) (aws.Volume, aws.Answer, error) {
	v, answer, err := client.DescribeVolume(ctx, c.cfg.Volume)
	if err == nil {
		err = v.Check(here.Zone)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked = 0
	if err == nil {
		c.checked = now()
	}
	return v, answer, err
}

// attach asks for the volume, under the name whose turn it is or, where that is
// taken, the next.
func (c *cloud) attach(ctx context.Context, attempt int) error {
	client, here, err := c.know(ctx)
	if err != nil {
		return err
	}
	if err := c.check(ctx, client, here); err != nil {
		return err
	}
	for i := range c.devices {
		_, _, err = client.AttachVolume(ctx, aws.AttachRequest{
			VolumeID: c.cfg.Volume, InstanceID: here.InstanceID, Device: c.devices[(attempt+i)%len(c.devices)],
		})
		if aws.CodeOf(err) != aws.NameTaken {
			break
		}
	}
	return err
}

// detach gives the volume back and waits until EC2 shows it gone.
func (c *cloud) detach(ctx context.Context, force bool) error {
	client, here, err := c.know(ctx)
	if err != nil {
		return err
	}
	a, _, err := client.DetachVolume(ctx, aws.DetachRequest{VolumeID: c.cfg.Volume, InstanceID: here.InstanceID, Force: force})
	if err != nil || a.State == aws.Detached {
		return err
	}
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		select {
		case <-ctx.Done():
			return errDetaching
		case <-time.After(pause):
		}
		v, _, err := client.DescribeVolume(ctx, c.cfg.Volume)
		if err != nil {
			continue // the deadline will end it
		}
		if holder, held := v.Holder(); !held || holder.InstanceID != here.InstanceID {
			return nil
		}
	}
}

var (
	errDetaching = errors.New("EC2 is still detaching the volume")
	errInUse     = errors.New("this host still uses the volume")
)

// detachPeer asks EC2 to take the volume from the peer's instance.
func (c *cloud) detachPeer(ctx context.Context, force bool) error {
	client, _, err := c.know(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	peer := c.peer
	c.mu.Unlock()
	if peer == "" {
		return errors.New("which instance the peer is was not seen yet")
	}
	_, _, err = client.DetachVolume(ctx, aws.DetachRequest{VolumeID: c.cfg.Volume, InstanceID: peer, Force: force})
	return err
}

// describe asks who has the volume.
func (c *cloud) describe(ctx context.Context) (ha.Attachment, error) {
	client, here, err := c.know(ctx)
	if err != nil {
		return ha.Attachment{}, err
	}
	v, answer, err := c.volume(ctx, client, here)
	if err != nil {
		return ha.Attachment{}, err
	}
	a := ha.Attachment{Date: serverTime(answer.Date)}
	holder, held := v.Holder()
	if !held {
		return a, nil
	}
	a.AttachedAt = serverTime(holder.AttachTime)
	a.Attaching = holder.State == aws.Attaching
	a.Detaching = holder.State == aws.Detaching || holder.State == aws.Busy
	if holder.InstanceID == here.InstanceID {
		a.To = ha.Self
		return a, nil
	}
	a.To, a.PeerDown, err = c.who(ctx, client, here, holder.InstanceID)
	return a, err
}

func serverTime(t time.Time) ha.ServerTime {
	if t.IsZero() {
		return 0
	}
	return ha.ServerTime(t.Unix())
}

// who tells whether an instance is the peer, by the peer's address in this
// instance's subnet. A terminated instance has no address any more: it is the
// peer if it was.
func (c *cloud) who(ctx context.Context, client *aws.Client, here *instance, id string) (who ha.Node, down bool, err error) {
	i, _, err := client.DescribeInstance(ctx, id)
	if err != nil {
		return ha.Nobody, false, err
	}
	peers := slices.ContainsFunc(i.Interfaces, func(n aws.Interface) bool {
		return n.Subnet == here.subnet && slices.Contains(n.Addresses, c.cfg.Peer.Address.Addr())
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if !peers && (!i.Off() || id != c.peer) {
		return ha.Stranger, false, nil
	}
	c.peer = id
	return ha.Peer, i.Off(), nil
}
