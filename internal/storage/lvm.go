package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The names on the volume, which are the documentation's.
const (
	groupName   = "chef"
	dataVolume  = "data"
	epochVolume = "epoch"
)

// GroupError says that the volume group on the volume is not one that can be
// used, and why.
type GroupError struct {
	Device string
	Why    string
}

func (e *GroupError) Error() string { return e.Device + ": " + e.Why }

// lvm is a volume with the group chef.
type lvm struct {
	host   *Host
	device Device
}

var _ Layout = (*lvm)(nil)

func (*lvm) Kind() string { return LVM }

// group checks that the group on the device is the one, whole, and the only
// one of its name: device mapper names volumes by the names of their groups.
func (h *Host) group(ctx context.Context, d Device) (*lvm, error) {
	all, err := h.physicalVolumes(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(p physicalVolume) bool { return p.number() == d.Number })
	if i < 0 {
		return nil, &GroupError{d.Path, "LVM does not see it as a physical volume: look at what `pvs -a` says and at devices/filter in lvm.conf"}
	}
	mine := all[i]
	if mine.Group != groupName {
		return nil, &GroupError{d.Path, fmt.Sprintf("its volume group is %q: rename it to %s", mine.Group, groupName)}
	}
	for j, other := range all {
		switch {
		case j == i || other.Group != groupName:
		case other.GroupID == mine.GroupID:
			return nil, &GroupError{d.Path, fmt.Sprintf("its volume group %s is on %s too: only one volume moves", groupName, other.Name)}
		default:
			return nil, &GroupError{d.Path, fmt.Sprintf("%s has a volume group %s as well, which stands in the way: %s", other.Name, groupName, other.away())}
		}
	}
	l := &lvm{host: h, device: d}
	volumes, err := l.volumes(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(volumes, dataVolume) {
		return nil, &GroupError{d.Path, "its volume group has no logical volume data: make it with `lvcreate -l 85%VG -n data chef`"}
	}
	if !slices.Contains(volumes, epochVolume) {
		return nil, ErrNoEpoch
	}
	return l, nil
}

// only has LVM see this device and no other, whatever else is configured: a
// list of devices that it may use does not have one that was attached later.
func only(d Device) string {
	return fmt.Sprintf(`devices { filter=["a|^%s$|","r|.*|"] use_devicesfile=0 }`, d.Path)
}

func (l *lvm) run(ctx context.Context, name string, args ...string) (string, error) {
	return l.host.Run.Output(ctx, name, append([]string{"--config", only(l.device)}, args...)...)
}

func (l *lvm) ActivateEpoch(ctx context.Context) (Node, error) { return l.activate(ctx, epochVolume) }
func (l *lvm) ActivateData(ctx context.Context) (Node, error)  { return l.activate(ctx, dataVolume) }

// activate activates one logical volume over this device. One that was left
// over from before the volume went away leads nowhere and is removed first.
func (l *lvm) activate(ctx context.Context, volume string) (Node, error) {
	m, active, err := l.host.mapping(volume)
	if err != nil {
		return Node{}, err
	}
	if active && !slices.Contains(m.over, l.device.Name) {
		if err := l.host.unmap(ctx, volume); err != nil {
			return Node{}, fmt.Errorf("remove what is left of %s/%s over %s: %w", groupName, volume, strings.Join(m.over, ", "), err)
		}
		active = false
	}
	if active {
		return m.node, nil
	}
	if _, err := l.run(ctx, "lvchange", "--activate", "y", groupName+"/"+volume); err != nil {
		return Node{}, fmt.Errorf("activate %s/%s: %w", groupName, volume, err)
	}
	m, active, err = l.host.mapping(volume)
	switch {
	case err != nil:
		return Node{}, err
	case !active:
		return Node{}, fmt.Errorf("activate %s/%s: lvchange did, and the kernel shows no such device", groupName, volume)
	case !slices.Equal(m.over, []string{l.device.Name}):
		return Node{}, fmt.Errorf("activate %s/%s: it is over %s, not %s", groupName, volume, strings.Join(m.over, ", "), l.device.Name)
	}
	return m.node, nil
}

// Deactivate removes the mappings. LVM reads the volume for that; where it is
// gone, device mapper alone does it.
func (l *lvm) Deactivate(ctx context.Context) error {
	var errs []error
	for _, volume := range []string{dataVolume, epochVolume} {
		if _, active, err := l.host.mapping(volume); err != nil || !active {
			errs = append(errs, err)
			continue
		}
		if _, err := l.run(ctx, "lvchange", "--activate", "n", groupName+"/"+volume); err == nil {
			continue
		}
		if err := l.host.unmap(ctx, volume); err != nil {
			errs = append(errs, fmt.Errorf("deactivate %s/%s: %w", groupName, volume, err))
		}
	}
	return errors.Join(errs...)
}

// Forget removes what a volume with LVM that is gone, or hangs, may have left in
// this host's kernel. Device mapper alone does it, and ends with ctx.
func (h *Host) Forget(ctx context.Context) error {
	var errs []error
	for _, volume := range []string{dataVolume, epochVolume} {
		if _, active, err := h.mapping(volume); err != nil || !active {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, h.unmap(ctx, volume))
	}
	return errors.Join(errs...)
}
