package storage

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Adoptable looks, and changes nothing, whether Adopt can finish what people
// prepared and the data can then be unmounted from target. Errors are those of
// Layout but ErrNoEpoch, *FilesystemError, *MountedError, and *HeldError for
// who uses it.
func (h *Host) Adoptable(ctx context.Context, d Device, target string) error {
	layout, err := h.Layout(ctx, d)
	if errors.Is(err, ErrNoEpoch) {
		l := &lvm{host: h, device: d}
		layout, err = l, l.room(ctx)
	}
	if err != nil {
		return err
	}
	data, shown, err := h.shownData(layout)
	if err != nil {
		return err
	}
	if !shown {
		return h.Unused(target)
	}
	if err := h.checkFilesystem(ctx, data); err != nil {
		return err
	}
	if _, err := h.isMounted(data, target); err != nil {
		return err
	}
	if holders, err := h.holders(data.Number, use...); err != nil || len(holders) > 0 {
		return errors.Join(err, &HeldError{Path: target, Holders: holders, Err: errInUse})
	}
	return nil
}

var errInUse = errors.New("it is in use")

// shownData is the data as far as the kernel shows them: LVM's may not be
// active.
func (h *Host) shownData(layout Layout) (data Node, shown bool, err error) {
	if p, ok := layout.(partitions); ok {
		return p.data, true, nil
	}
	m, active, err := h.mapping(dataVolume)
	return m.node, active, err
}

func (h *Host) checkFilesystem(ctx context.Context, data Node) error {
	holds, err := h.Probe(ctx, data)
	if err != nil {
		return err
	}
	if _, known := options[holds.Type]; !known {
		return &FilesystemError{data.Path, fmt.Sprintf("it holds %v, and ext4 or xfs is needed: if nothing on it is needed, make one with `mkfs.ext4 %s`", holds, data.Path)}
	}
	return nil
}

// Unused returns a *MountedError if anything is mounted at target.
func (h *Host) Unused(target string) error {
	m, err := h.mountedAt(target)
	if err != nil || m == nil {
		return err
	}
	return &MountedError{m.Mountpoint, numberOfMount(m), "is where the agent mounts the volume: unmount it"}
}

// Adopt finishes what people prepared by the documentation's steps: it adds what
// these leave out, the epoch volume and its first record. It makes neither a
// group nor a filesystem. The data may be mounted. It can be repeated.
func (h *Host) Adopt(ctx context.Context, d Device, node string, tell func(change string), now time.Time) (Layout, Node, error) {
	p := Preparation{Node: node, Tell: tell}
	layout, err := h.Layout(ctx, d)
	bare := errors.Is(err, ErrNoEpoch)
	if bare {
		layout, err = &lvm{host: h, device: d}, nil
	}
	if err != nil {
		return nil, Node{}, err
	}
	data, err := layout.ActivateData(ctx)
	if err == nil {
		err = h.checkFilesystem(ctx, data)
	}
	if err == nil && bare {
		layout, err = h.addEpoch(ctx, d, p)
	}
	if err != nil {
		return nil, Node{}, err
	}
	epoch, err := layout.ActivateEpoch(ctx)
	if err != nil {
		return nil, Node{}, err
	}
	return layout, data, found(epoch, p, now)
}

// epochRoom is what addEpoch takes of a group, in bytes.
const epochRoom = 4 << 20

// room refuses a group that has none left for the epoch volume.
func (l *lvm) room(ctx context.Context) error {
	out, err := l.run(ctx, "vgs", "--reportformat", "json", "--units", "b", "--nosuffix", "--options", "vg_free", groupName)
	if err != nil {
		return fmt.Errorf("ask how much room %s has: %w", groupName, err)
	}
	free, err := parseFree(out)
	if err != nil {
		return err
	}
	if free < epochRoom {
		return &GroupError{l.device.Path, fmt.Sprintf("its volume group %[1]s has %[2]d bytes left, and the logical volume epoch needs %[3]d: make room with "+
			"`umount /dev/mapper/%[1]s-%[4]s; lvreduce --resizefs --extents 85%%VG %[1]s/%[4]s`", groupName, free, epochRoom, dataVolume)}
	}
	return nil
}
