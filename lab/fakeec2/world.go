package fakeec2

import (
	"net/netip"
	"slices"
	"time"
)

// A world is what the account holds. The server has the true one; Describe may
// be answered from an older copy.
type world struct {
	instances []Instance
	volumes   []Volume
}

// An Instance is one machine.
type Instance struct {
	Name, ID, Zone, Role string
	State                InstanceState
	Launched             time.Time
	Interface            Interface
	// crashed says that its power was cut: EC2 calls it running, but there is no
	// guest that would let go of a volume.
	crashed bool
}

// An InstanceState is EC2's name for it.
type InstanceState string

// The states that an instance of the fake can be in.
const (
	Running    InstanceState = "running"
	Stopped    InstanceState = "stopped"
	Terminated InstanceState = "terminated"
)

// code is the state's number in answers.
func (s InstanceState) code() int {
	switch s {
	case Stopped:
		return 80
	case Terminated:
		return 48
	default:
		return 16
	}
}

// An Interface is an instance's only one.
type Interface struct {
	ID, MAC string
	Primary netip.Addr
	// Secondary is what EC2's API knows; Routed is what the network and the
	// metadata do, which learn of it later.
	Secondary, Routed []netip.Addr
}

// A Volume is one EBS volume.
type Volume struct {
	ID, Zone    string
	SizeGiB     int
	MultiAttach bool
	Created     time.Time
	// Impaired is the state "error" in which nothing can be attached.
	Impaired bool
	// Attachment is nil while the volume is available.
	Attachment *Attachment
}

// State is EC2's name for it.
func (v *Volume) State() string {
	switch {
	case v.Attachment != nil:
		return "in-use"
	case v.Impaired:
		return "error"
	default:
		return "available"
	}
}

// An Attachment is of one volume to one instance.
type Attachment struct {
	Instance, Device string
	State            AttachmentState
	Since            time.Time
	// forced says that the I/O was cut before the guest let go.
	forced bool
	// number tells this attachment from the volume's earlier ones.
	number int
}

// An AttachmentState is EC2's name for it.
type AttachmentState string

// The states that an attachment goes through. A detached one is gone.
const (
	Attaching AttachmentState = "attaching"
	Attached  AttachmentState = "attached"
	Detaching AttachmentState = "detaching"
	Busy      AttachmentState = "busy"
)

func newWorld(c Config, now time.Time) world {
	var w world
	for _, in := range c.Instances {
		w.instances = append(w.instances, Instance{
			Name: in.Name, ID: in.ID, Zone: in.Zone, Role: in.Role, State: Running, Launched: now,
			Interface: Interface{
				ID: in.Interface, MAC: in.MAC, Primary: in.Address,
				Secondary: slices.Clone(in.Secondary), Routed: slices.Clone(in.Secondary),
			},
		})
	}
	for _, v := range c.Volumes {
		w.volumes = append(w.volumes, Volume{ID: v.ID, Zone: v.Zone, SizeGiB: v.SizeGiB, MultiAttach: v.MultiAttach, Created: now})
	}
	return w
}

// clone shares nothing with w.
func (w world) clone() world {
	c := world{slices.Clone(w.instances), slices.Clone(w.volumes)}
	for i := range c.instances {
		n := &c.instances[i].Interface
		n.Secondary, n.Routed = slices.Clone(n.Secondary), slices.Clone(n.Routed)
	}
	for i := range c.volumes {
		if a := c.volumes[i].Attachment; a != nil {
			copied := *a
			c.volumes[i].Attachment = &copied
		}
	}
	return c
}

func (w world) instance(id string) *Instance {
	return find(w.instances, func(i *Instance) bool { return i.ID == id })
}

func (w world) host(name string) *Instance {
	return find(w.instances, func(i *Instance) bool { return i.Name == name })
}

func (w world) volume(id string) *Volume {
	return find(w.volumes, func(v *Volume) bool { return v.ID == id })
}

func (w world) byInterface(id string) *Instance {
	return find(w.instances, func(i *Instance) bool { return i.Interface.ID == id })
}

// byAddress finds the instance that sends from a: by its primary address, or by
// one that the network has given it.
func (w world) byAddress(a netip.Addr) *Instance {
	return find(w.instances, func(i *Instance) bool {
		return i.Interface.Primary == a || slices.Contains(i.Interface.Routed, a)
	})
}

func find[T any](in []T, match func(*T) bool) *T {
	for i := range in {
		if match(&in[i]) {
			return &in[i]
		}
	}
	return nil
}
