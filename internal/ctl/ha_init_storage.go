package ctl

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tournant/internal/aws"
	"tournant/internal/storage"
)

// initOptions say how the volume is prepared.
type initOptions struct {
	storage.Preparation
	epochOnly, yes bool
}

func (a *app) haInitStorage() *cobra.Command {
	var o initOptions
	c := &cobra.Command{
		Use:   "ha-init-storage",
		Short: "Prepare the volume that both backends share",
		Long: `Prepare the volume that both backends share, once, on the bootstrap backend and
before reconfigure: the volume group chef with the logical volumes data and epoch,
and the filesystem. It attaches the volume if it is attached nowhere, says what it
found, asks, and shows each command before it is run. What is done already is left
as it is, so it also finishes what was interrupted or done by hand. A volume that
holds something else, is attached elsewhere, or is not ha['ebs_volume_id'], is
refused.

Without LVM, --layout partitions makes two partitions instead.`,
		Example: "  " + name + " ha-init-storage",
		Args:    none,
		RunE:    func(c *cobra.Command, _ []string) error { return a.initStorage(c.Context(), o) },
	}
	f := c.Flags()
	f.StringVar(&o.Layout, "layout", storage.LVM, storage.LVM+" or "+storage.Partitions)
	f.StringVar(&o.Filesystem, "filesystem", "ext4", "ext4 or xfs")
	f.BoolVar(&o.Erase, "erase", false, "erase what is on the volume; asks once more")
	f.BoolVar(&o.epochOnly, "epoch-only", false, "write the epoch block anew, where both of its copies are damaged, and nothing else")
	f.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return c
}

// storageInit is one preparation.
type storageInit struct {
	*backend
	initOptions
	disks  *storage.Host
	names  []string // under which Xen shows the volume
	device storage.Device
	size   int // GiB
}

func (a *app) initStorage(ctx context.Context, o initOptions) error {
	b, err := a.backend()
	if err != nil {
		return err
	}
	disks := *a.Storage
	disks.Run = shown{disks.Run, a.print}
	s := &storageInit{backend: b, initOptions: o, disks: &disks}
	s.Node, s.Tell = b.c.Host, func(change string) { a.print("%s", change) }
	for _, step := range []func(context.Context) error{s.agents, s.attach, s.find} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if o.epochOnly {
		return s.foundAnew(ctx)
	}
	return s.prepare(ctx)
}

// agents refuses to work beside one that would take the volume, or give it back.
func (s *storageInit) agents(ctx context.Context) error {
	if _, err := s.here(ctx); err == nil {
		return fail("The HA agent runs here and would take the volume, or give it back, meanwhile: `%s stop tournant-ha` first. Nothing was changed.", name)
	}
	if _, err := s.there(ctx); err == nil {
		return fail("The HA agent of %s runs and would take the volume, by force if it must: `%s stop tournant-ha` there first. Nothing was changed.", s.peer.Name, name)
	}
	return nil
}

// find looks for the volume's device, which may take some time to come.
func (s *storageInit) find(ctx context.Context) (err error) {
	p := s.app.stages()
	defer p.end()
	for started := s.app.Now(); ; {
		s.device, err = s.disks.Find(s.c.HA.VolumeID, s.names...)
		if err == nil || !errors.Is(err, storage.ErrNoDevice) {
			return err
		}
		if s.app.Now().Sub(started) > deviceTime {
			return fail("EC2 has attached the volume, and after %v %v. Detach it and run this again.", deviceTime, err)
		}
		p.stage("waiting for the volume's device")
		if err := pauseForLook(ctx); err != nil {
			return err
		}
	}
}

const (
	deviceTime  = time.Minute     // for the kernel to show what EC2 has attached
	prepareTime = 5 * time.Minute // for a filesystem on a large volume
)

// prepare says what it found, asks, and does what is missing.
func (s *storageInit) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, prepareTime)
	defer cancel()
	found, err := s.found(ctx)
	if err != nil {
		return err
	}
	s.app.print("%s is %s (%d GiB). %s", s.c.HA.VolumeID, s.device.Path, s.size, found)
	if err := s.app.confirm(s.yes, "Prepare it"); err != nil {
		return err
	}
	if err := s.disks.Prepare(ctx, s.device, s.Preparation, s.app.Now()); err != nil {
		return fail("%s", sentence(err))
	}
	return s.finish(ctx)
}

// finish lets go of the volume, unless a person has mounted it, and says what
// comes next.
func (s *storageInit) finish(ctx context.Context) error {
	mounted, err := storage.MountedAt(s.c.HA.Path)
	if err != nil {
		return err
	}
	if !mounted {
		if err := s.release(ctx); err != nil {
			return err
		}
	}
	s.app.print("The volume is ready. Next, on this backend: `%s reconfigure`, which makes the database on it and mounts it.\n"+
		"Then copy all of /etc/opscode to the other hosts and run it there; the volume is prepared once only.", name)
	return nil
}

// release deactivates what was made: the agent takes it in its own order.
func (s *storageInit) release(ctx context.Context) error {
	d, err := s.disks.Find(s.c.HA.VolumeID, s.names...) // it may have partitions by now
	if err != nil {
		return err
	}
	layout, err := s.disks.Layout(ctx, d)
	if err != nil {
		return err
	}
	return layout.Deactivate(ctx)
}

// found says what is on the volume and what becomes of it, or why it is refused.
func (s *storageInit) found(ctx context.Context) (string, error) {
	_, err := s.disks.Layout(ctx, s.device)
	var undivided *storage.UndividedError
	var parts *storage.PartitionError
	switch {
	case err == nil:
		return "It is divided already; what is missing, a filesystem or the first record of the epoch block, is added.", nil
	case errors.Is(err, storage.ErrNotDivided):
		return s.plan("It is blank"), nil
	case errors.Is(err, storage.ErrNoEpoch):
		return "It has the volume group chef, to which the logical volume epoch is added; the data stay as they are.", nil
	case errors.As(err, &undivided), errors.As(err, &parts):
		return s.occupied(ctx, err)
	}
	return "", fail("%s Nothing was changed.", sentence(err))
}

func (s *storageInit) plan(is string) string {
	parts := "the volume group chef with the logical volumes data and epoch"
	if s.Layout == storage.Partitions {
		parts = "two partitions"
	}
	return fmt.Sprintf("%s, and gets %s, and %s.", is, parts, s.Filesystem)
}

// occupied refuses what would be lost, or asks.
func (s *storageInit) occupied(ctx context.Context, why error) (string, error) {
	holds, err := s.disks.Probe(ctx, s.device.Node)
	if err != nil {
		return "", err
	}
	if !s.Erase {
		return "", fail("%s\nIf it is the right volume and nothing on it is needed: `%s ha-init-storage --erase`. Nothing was changed.", sentence(why), name)
	}
	if err := s.app.confirm(s.yes, fmt.Sprintf("%s holds %v. Erase it, for good", s.device.Path, holds)); err != nil {
		return "", err
	}
	return s.plan("What is on it is erased"), nil
}

// foundAnew writes an epoch block where nobody can read the old one.
func (s *storageInit) foundAnew(ctx context.Context) error {
	s.app.print("A new epoch block lets whoever comes next take the volume, whoever has it now: it is right only while both backends are stopped.")
	if err := s.app.confirm(s.yes, "Write the epoch block of "+s.device.Path+" anew"); err != nil {
		return err
	}
	now := s.app.Now()
	if err := s.disks.FoundAnew(ctx, s.device, s.c.Host, uint64(now.Unix()), now); err != nil {
		return fail("%s", sentence(err))
	}
	s.app.print("The epochs go on after %d. Next: `%s start tournant-ha` on both backends.", now.Unix(), name)
	return nil
}

// attach has the volume attached here and nowhere else.
func (s *storageInit) attach(ctx context.Context) error {
	devices, err := aws.DeviceNames(s.c.HA.Device)
	if err != nil {
		return err
	}
	s.names = aws.XenNames(devices)
	e, err := s.ec2(ctx)
	if err != nil {
		return advised(err)
	}
	defer e.close()
	v, _, err := e.client.DescribeVolume(ctx, s.c.HA.VolumeID)
	if err == nil {
		err = v.Check(e.self.Zone)
	}
	if err != nil {
		return advised(err)
	}
	s.size = v.Size
	switch holder, held := v.Holder(); {
	case held && holder.InstanceID != e.self.InstanceID:
		return fail("%s is attached to %s (%s), not to this instance, %s. Detach it there first. Nothing was changed.", v.ID, holder.InstanceID, holder.State, e.self.InstanceID)
	case held:
		return nil
	}
	if err := s.app.confirm(s.yes, fmt.Sprintf("%s is attached nowhere. Attach it to this instance, %s, as %s", v.ID, e.self.InstanceID, devices[0])); err != nil {
		return err
	}
	_, _, err = e.client.AttachVolume(ctx, aws.AttachRequest{VolumeID: v.ID, InstanceID: e.self.InstanceID, Device: devices[0]})
	return advised(err)
}
