package agent

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"

	"tournant/internal/aws"
	"tournant/internal/ha"
)

// cloud asks EC2 and the instance's metadata. What it knows of this instance it
// finds out once, when it can.
type cloud struct {
	cfg     *Config
	devices []string // names for AttachVolume
	meta    *aws.Metadata
	mac     func() (net.HardwareAddr, error) // of the interface for the VIP

	ask    chan struct{} // full while somebody finds out
	client *aws.Client
	here   *instance

	mu      sync.Mutex
	peer    string     // the peer's instance, as it was last seen to hold the volume
	checked ha.Instant // when the volume was last seen to be a lock
}

// instance is this one.
type instance struct {
	aws.Identity
	mac     net.HardwareAddr
	link    aws.Link
	subnet  string // of the interface
	primary netip.Addr
}

func newCloud(cfg *Config, mac func() (net.HardwareAddr, error)) (*cloud, error) {
	devices, err := aws.DeviceNames(cfg.Disk)
	if err != nil {
		return nil, fmt.Errorf("ha['ebs_device']: %w", err)
	}
	return &cloud{cfg: cfg, devices: devices, meta: aws.NewMetadata(""), mac: mac, ask: make(chan struct{}, 1)}, nil
}

// know returns the client and this instance, asking for what is not known yet.
func (c *cloud) know(ctx context.Context) (*aws.Client, *instance, error) {
	select {
	case c.ask <- struct{}{}:
		defer func() { <-c.ask }()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if c.client == nil {
		client, err := aws.New(ctx, aws.Config{
			Region: c.cfg.Cloud.Region, Endpoint: c.cfg.Cloud.Endpoint, Metadata: c.meta,
			Keys: aws.Keys{AccessKeyID: c.cfg.Cloud.AccessKey.Reveal(), SecretAccessKey: c.cfg.Cloud.SecretKey.Reveal()},
		})
		if err != nil {
			return nil, nil, err
		}
		c.client = client
	}
	if c.here == nil {
		here, err := c.find(ctx)
		if err != nil {
			return nil, nil, err
		}
		c.here = here
	}
	return c.client, c.here, nil
}

// find asks which instance this is, and for the interface that the VIP goes on.
func (c *cloud) find(ctx context.Context) (*instance, error) {
	mac, err := c.mac()
	if err != nil {
		return nil, err
	}
	i := &instance{mac: mac}
	if i.Identity, err = c.meta.Identity(ctx); err != nil {
		return nil, err
	}
	if i.link, err = c.meta.Link(ctx, mac); err != nil {
		return nil, fmt.Errorf("interface %s of the VIP: %w", c.cfg.Device, err)
	}
	self, _, err := c.client.DescribeInstance(ctx, i.InstanceID)
	if err != nil {
		return nil, err
	}
	nic, ok := self.Interface(mac.String())
	if !ok {
		return nil, fmt.Errorf("EC2 does not show interface %s (%s) at instance %s", c.cfg.Device, mac, i.InstanceID)
	}
	i.subnet, i.primary = nic.Subnet, nic.Primary
	return i, nil
}

// selfTest asks whether each of the five actions would be allowed.
func (c *cloud) selfTest(ctx context.Context) error {
	client, here, err := c.know(ctx)
	if err != nil {
		return err
	}
	if _, _, err := c.volume(ctx, client, here); err != nil {
		return err
	}
	t := aws.Target{
		VolumeID: c.cfg.Volume, InstanceID: here.InstanceID, Device: c.devices[0],
		InterfaceID: here.link.InterfaceID, Primary: here.primary,
	}
	for _, action := range aws.Actions() {
		if err := client.DryRun(ctx, action, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *cloud) assignVIP(ctx context.Context) error {
	client, here, err := c.know(ctx)
	if err != nil {
		return err
	}
	_, err = client.AssignPrivateIP(ctx, aws.AssignRequest{InterfaceID: here.link.InterfaceID, Address: c.cfg.VIP, AllowReassignment: true})
	return err
}

// hasVIP asks the metadata, not EC2.
func (c *cloud) hasVIP(ctx context.Context) (bool, error) {
	mac, err := c.mac()
	if err != nil {
		return false, err
	}
	addresses, err := c.meta.Addresses(ctx, mac)
	return slices.Contains(addresses, c.cfg.VIP), err
}

func (c *cloud) close() {
	c.meta.Close()
	if c.client != nil {
		c.client.Close()
	}
}
