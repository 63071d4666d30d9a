package haverify

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tournant/internal/aws"
)

// cloud is EC2 as this instance may use it.
type cloud struct {
	*run
	client *aws.Client
	self   aws.Identity
	link   aws.Link
	nic    aws.Interface // that the VIP goes on
	other  aws.Instance  // of the other backend
	volume aws.Volume
}

// cloud asks EC2. Each step needs what the one before found out.
func (r *run) cloud(ctx context.Context) {
	meta := aws.NewMetadata("")
	defer meta.Close()
	c := &cloud{run: r}
	if !c.instance(ctx, meta) {
		return
	}
	defer c.client.Close()
	c.actions(ctx)
	c.peerInstance(ctx)
	c.describeVolume(ctx)
	c.vip(ctx)
}

// refused is a finding with the advice that there is for an error of AWS's.
func (c *cloud) refused(name, text string, err error) {
	var e *aws.Error
	advice := ""
	if errors.As(err, &e) {
		advice = e.Advice()
	}
	c.failed(name, text, err.Error(), advice)
}

// instance finds out which one this is.
func (c *cloud) instance(ctx context.Context, meta *aws.Metadata) bool {
	const name = "instance"
	mac, err := c.MAC(c.Config.VIP.Device)
	if err != nil {
		c.failed(name, "the interface of the VIP is not there", err.Error(), "backend_vip's :device in chef-server.rb must be one that `ip addr` shows.")
		return false
	}
	if c.self, err = meta.Identity(ctx); err == nil {
		c.link, err = meta.Link(ctx, mac)
	}
	if err != nil {
		c.refused(name, "the instance's metadata do not answer", err)
		return false
	}
	h := c.Config.HA
	c.client, err = aws.New(ctx, aws.Config{
		Region: h.Region, Endpoint: h.Endpoint, Metadata: meta,
		Keys: aws.Keys{AccessKeyID: h.AccessKey.Reveal(), SecretAccessKey: h.SecretKey.Reveal()},
	})
	if err != nil {
		c.refused(name, "EC2 cannot be asked", err)
		return false
	}
	i, answer, err := c.client.DescribeInstance(ctx, c.self.InstanceID)
	if err != nil {
		c.refused(name, "EC2 does not describe this instance", err)
		return false
	}
	c.clock(answer.Date)
	var there bool
	if c.nic, there = i.Interface(mac.String()); !there {
		c.failed(name, "EC2 does not show the interface of the VIP", fmt.Sprintf("%s is not at %s", mac, i.ID), "Is :device the interface that the VIP shall be on?")
		return false
	}
	c.ok(name, fmt.Sprintf("this instance is %s in %s, its interface %s in %s", i.ID, c.self.Zone, c.nic.ID, c.nic.Subnet))
	return true
}

// wrong is how far a clock may be from AWS's, which takes five minutes.
const wrong = 30 * time.Second

// clock compares this host's with AWS's: nothing of high availability needs it,
// but AWS's signatures and those of Chef's clients do.
func (c *cloud) clock(date time.Time) {
	const name = "clock"
	if date.IsZero() {
		return
	}
	if off := c.Now().Sub(date); off.Abs() > wrong {
		c.failed(name, "this host's clock is wrong", fmt.Sprintf("it is %v from AWS's", off.Round(time.Second)), "Run chrony or systemd-timesyncd.")
		return
	}
	c.ok(name, "this host's clock agrees with AWS's")
}

// actions asks whether the five are allowed.
func (c *cloud) actions(ctx context.Context) {
	devices, err := aws.DeviceNames(c.Config.HA.Device)
	if err != nil {
		c.failed("actions", "ha['ebs_device'] is no name of a device", err.Error(), "")
		return
	}
	t := aws.Target{
		VolumeID: c.Config.HA.VolumeID, InstanceID: c.self.InstanceID, Device: devices[0],
		InterfaceID: c.link.InterfaceID, Primary: c.nic.Primary,
	}
	for _, action := range aws.Actions() {
		name := "ec2:" + string(action)
		if err := c.client.DryRun(ctx, action, t); err != nil {
			c.refused(name, name+" is not allowed, or that could not be found out", err)
			continue
		}
		c.ok(name, name+" is allowed")
	}
}

// peerInstance finds the other backend by its address, as the agent does.
func (c *cloud) peerInstance(ctx context.Context) {
	const name = "peer-instance"
	i, _, err := c.client.DescribeInstanceAt(ctx, c.nic.Subnet, c.peer.Address)
	switch {
	case aws.CodeOf(err) == aws.NotFound:
		c.failed(name, "the other backend is not in this one's subnet", fmt.Sprintf("no instance has %s in %s", c.peer.Address, c.nic.Subnet),
			"Both backends must be in one subnet: the VIP moves within one alone.")
	case err != nil:
		c.refused(name, "EC2 does not describe the other backend", err)
	default:
		c.other = i
		c.ok(name, fmt.Sprintf("%s is %s in %s", c.peer.Name, i.ID, i.Zone))
	}
}

// describeVolume looks whether the volume can be the lock of both.
func (c *cloud) describeVolume(ctx context.Context) {
	const name = "volume"
	v, _, err := c.client.DescribeVolume(ctx, c.Config.HA.VolumeID)
	if err == nil {
		err = v.Check(c.self.Zone)
	}
	if err != nil {
		c.refused(name, "the volume "+c.Config.HA.VolumeID+" cannot be used", err)
		return
	}
	c.volume = v
	c.ok(name, fmt.Sprintf("%s is there (%d GiB), in %s as this instance, and Multi-Attach is off", v.ID, v.Size, v.Zone))
	if c.other.Zone != "" && c.other.Zone != v.Zone {
		c.failed("zone", "the other backend is in another zone", fmt.Sprintf("%s is in %s, the volume in %s", c.peer.Name, c.other.Zone, v.Zone),
			"Put both backends in the volume's zone: it can be attached nowhere else.")
	}
	c.holder(v)
}

// holder looks who has the volume.
func (c *cloud) holder(v aws.Volume) {
	const name = "attachment"
	a, held := v.Holder()
	switch {
	case !held:
		c.ok(name, "the volume is attached to nobody: whoever becomes primary attaches it")
	case a.State == aws.Busy, a.State == aws.Detaching:
		c.failed(name, "the volume is stuck between two states", fmt.Sprintf("it is %s at %s", a.State, a.InstanceID), "Wait; if it lasts for minutes, unmount it there or stop that instance.")
	case a.InstanceID == c.self.InstanceID:
		c.ok(name, fmt.Sprintf("the volume is attached here (%s)", a.State))
	case a.InstanceID == c.other.ID:
		c.ok(name, fmt.Sprintf("the volume is attached to %s (%s)", c.peer.Name, a.State))
	default:
		c.failed(name, "the volume is attached to an instance that is neither backend", a.InstanceID, "Detach it there.")
	}
}

// reserved is how many addresses AWS keeps for itself at the start of a subnet;
// and the last (VPC User Guide, "Subnet CIDR blocks").
const reserved = 4

// vip looks whether the address can go to both backends.
func (c *cloud) vip(ctx context.Context) {
	const name = "vip"
	address, subnet := c.Config.VIP.Address, c.link.Subnet
	const another = "Choose another address of the backends' subnet for backend_vip, one that no instance has."
	switch {
	case !subnet.Contains(address):
		c.failed(name, "the VIP is not in the backends' subnet", fmt.Sprintf("%s is not in %s", address, subnet), another)
		return
	case isReserved(subnet, address):
		c.failed(name, "the VIP is one of AWS's own addresses", fmt.Sprintf("%s is among the first four, or the last, of %s", address, subnet), another)
		return
	}
	i, _, err := c.client.DescribeInstanceAt(ctx, c.nic.Subnet, address)
	if aws.CodeOf(err) == aws.NotFound {
		c.ok(name, fmt.Sprintf("the VIP %s is in %s, and no instance has it yet", address, subnet))
		return
	}
	if err != nil {
		c.refused(name, "who has the VIP cannot be found out", err)
		return
	}
	c.owner(i, address)
}

func (c *cloud) owner(i aws.Instance, address netip.Addr) {
	const name = "vip"
	primary := slices.ContainsFunc(i.Interfaces, func(n aws.Interface) bool { return n.Primary == address })
	switch {
	case primary:
		c.failed(name, "the VIP is an instance's own address", fmt.Sprintf("%s is the primary address of %s", address, i.ID), "Choose another address for backend_vip: this one cannot move.")
	case i.ID != c.self.InstanceID && i.ID != c.other.ID:
		c.failed(name, "another instance has the VIP", fmt.Sprintf("%s is at %s, from which a failover would take it", address, i.ID), "Choose another address for backend_vip, or take it off that instance.")
	default:
		c.ok(name, fmt.Sprintf("the VIP %s is in %s, at %s", address, c.link.Subnet, i.ID))
	}
}

// isReserved tells whether AWS keeps an address of a subnet for itself.
func isReserved(subnet netip.Prefix, address netip.Addr) bool {
	first := subnet.Masked().Addr()
	for range reserved {
		if first == address {
			return true
		}
		first = first.Next()
	}
	return !subnet.Contains(address.Next())
}
