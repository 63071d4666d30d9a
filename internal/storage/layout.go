package storage

import (
	"context"
	"errors"
	"fmt"
)

// Layout is how a volume is divided into the epoch block and the data.
type Layout interface {
	// Kind is what people call it: LVM or Partitions.
	Kind() string
	// ActivateEpoch makes the epoch volume usable, and nothing else.
	ActivateEpoch(ctx context.Context) (Node, error)
	// ActivateData makes the data usable. The epoch block says that the volume
	// is this host's by then.
	ActivateData(ctx context.Context) (Node, error)
	// Deactivate undoes both, also when the volume is gone. Nothing is mounted
	// any more. A disk that hangs may hold it up, as LVM reads it: Host.Forget
	// asks nothing of the disk.
	Deactivate(ctx context.Context) error
}

// The kinds of layouts.
const (
	LVM        = "lvm"
	Partitions = "partitions"
)

// Errors of Layout.
var (
	// ErrNotDivided is returned for a volume without anything on it.
	ErrNotDivided = errors.New("the volume is blank: prepare it on the bootstrap backend with chef-server-ctl ha-init-storage")
	// ErrNoEpoch is returned for a volume group that was made without the
	// epoch volume.
	ErrNoEpoch = errors.New("the volume group chef has no logical volume epoch: " +
		"add it on the bootstrap backend with chef-server-ctl ha-init-storage, which leaves the data as they are")
)

// UndividedError says that a filesystem fills the whole volume.
type UndividedError struct {
	Device string
	Holds  Signature
}

func (e *UndividedError) Error() string {
	return fmt.Sprintf("%s holds %v as a whole, which leaves no room for the epoch block: attach a second volume, prepare it with "+
		"chef-server-ctl ha-init-storage, copy the data there with rsync -aHAX while nothing runs, and set ha['ebs_volume_id'] to it", e.Device, e.Holds)
}

// PartitionError says that a volume has other partitions than the two. With a
// count of 0 the kernel may not have looked at them yet, as right after it was
// attached.
type PartitionError struct {
	Device string
	Count  int
}

func (e *PartitionError) Error() string {
	return fmt.Sprintf("%s has %d partitions and not two, of which the first is for the epoch block and the second for the data", e.Device, e.Count)
}

// Layout looks how a volume is divided. Errors are ErrNotDivided, ErrNoEpoch,
// *UndividedError, *PartitionError, *GroupError.
func (h *Host) Layout(ctx context.Context, d Device) (Layout, error) {
	if len(d.Partitions) > 0 {
		return partitionsOf(d)
	}
	holds, err := h.Probe(ctx, d.Node)
	switch {
	case err != nil:
		return nil, err
	case holds.Blank():
		return nil, ErrNotDivided
	case holds.Type == lvmMember:
		return h.group(ctx, d)
	case holds.Type == "":
		return nil, &PartitionError{Device: d.Path}
	}
	return nil, &UndividedError{Device: d.Path, Holds: holds}
}

// The partitions of a volume without LVM.
const (
	epochPartition = 1
	dataPartition  = 2
)

type partitions struct{ epoch, data Node }

func partitionsOf(d Device) (Layout, error) {
	epoch, ok1 := d.Partitions[epochPartition]
	data, ok2 := d.Partitions[dataPartition]
	if !ok1 || !ok2 || len(d.Partitions) != 2 {
		return nil, &PartitionError{Device: d.Path, Count: len(d.Partitions)}
	}
	return partitions{epoch, data}, nil
}

func (partitions) Kind() string                                  { return Partitions }
func (p partitions) ActivateEpoch(context.Context) (Node, error) { return p.epoch, nil }
func (p partitions) ActivateData(context.Context) (Node, error)  { return p.data, nil }
func (partitions) Deactivate(context.Context) error              { return nil }
