package storage

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Preparation is how a volume is to be divided and formatted.
type Preparation struct {
	Layout     string // LVM or Partitions
	Filesystem string // "ext4" or "xfs"
	Node       string // who prepares it

	// Erase lets what is on the volume go. Without it, a volume that holds
	// anything but what Prepare itself makes is refused.
	Erase bool
	// Tell hears of each thing that is done.
	Tell func(change string)
}

// OccupiedError says that there is something that would be lost.
type OccupiedError struct {
	Device string
	Holds  Signature
}

func (e *OccupiedError) Error() string {
	return fmt.Sprintf("%s holds %v: nothing was changed. If it is the right volume and may be erased, say so with --erase", e.Device, e.Holds)
}

// Prepare divides a volume, makes its filesystem and writes its first record,
// as far as that is not done: it can be repeated, and finishes what was
// interrupted or, as in the documentation, done by hand. Only people call it,
// by a command; nothing that happens by itself formats anything. It waits,
// until ctx ends, for the kernel to show what it made.
func (h *Host) Prepare(ctx context.Context, d Device, p Preparation, now time.Time) error {
	if _, known := options[p.Filesystem]; !known {
		return fmt.Errorf("the filesystem %q is neither ext4 nor xfs", p.Filesystem)
	}
	layout, err := h.divide(ctx, d, p)
	if err != nil {
		return err
	}
	data, err := layout.ActivateData(ctx)
	if err != nil {
		return err
	}
	if err := h.format(ctx, data, p); err != nil {
		return err
	}
	epoch, err := layout.ActivateEpoch(ctx)
	if err != nil {
		return err
	}
	return found(epoch, p, now)
}

// divide returns the layout of the volume, made if there was none.
func (h *Host) divide(ctx context.Context, d Device, p Preparation) (Layout, error) {
	layout, err := h.Layout(ctx, d)
	var undivided *UndividedError
	var parts *PartitionError
	switch {
	case err == nil:
		return layout, nil
	case errors.Is(err, ErrNoEpoch):
		return h.addEpoch(ctx, d, p)
	case errors.As(err, &undivided), errors.As(err, &parts):
		if !p.Erase {
			return nil, h.occupied(ctx, d, err)
		}
		if err := h.erase(ctx, d, p); err != nil {
			return nil, err
		}
	case !errors.Is(err, ErrNotDivided):
		return nil, err
	}
	switch p.Layout {
	case LVM:
		return h.makeGroup(ctx, d, p)
	case Partitions:
		return h.makePartitions(ctx, d, p)
	}
	return nil, fmt.Errorf("the layout %q is neither lvm nor partitions", p.Layout)
}

func (h *Host) occupied(ctx context.Context, d Device, why error) error {
	holds, err := h.Probe(ctx, d.Node)
	if err != nil {
		return errors.Join(why, err)
	}
	return &OccupiedError{Device: d.Path, Holds: holds}
}

// erase removes what makes the device look like something. wipefs refuses one
// that is in use.
func (h *Host) erase(ctx context.Context, d Device, p Preparation) error {
	for _, part := range d.Partitions {
		if _, err := h.Run.Output(ctx, "wipefs", "--all", part.Path); err != nil {
			return fmt.Errorf("erase %s: %w", part.Path, err)
		}
	}
	if _, err := h.Run.Output(ctx, "wipefs", "--all", d.Path); err != nil {
		return fmt.Errorf("erase %s: %w", d.Path, err)
	}
	p.Tell("erased what was on " + d.Path)
	return nil
}

// format makes the filesystem if nothing is there.
func (h *Host) format(ctx context.Context, data Node, p Preparation) error {
	holds, err := h.Probe(ctx, data)
	if err != nil {
		return err
	}
	if _, known := options[holds.Type]; known {
		return nil
	}
	if !holds.Blank() {
		if !p.Erase {
			return &OccupiedError{Device: data.Path, Holds: holds}
		}
		if _, err := h.Run.Output(ctx, "wipefs", "--all", data.Path); err != nil {
			return fmt.Errorf("erase %s: %w", data.Path, err)
		}
	}
	if _, err := h.Run.Output(ctx, "mkfs."+p.Filesystem, "-q", "-L", "tournant", data.Path); err != nil {
		return fmt.Errorf("make the filesystem on %s: %w", data.Path, err)
	}
	p.Tell(fmt.Sprintf("made a filesystem (%s) on %s", p.Filesystem, data.Path))
	return nil
}

// found writes the first record if there is none, and refuses what is damaged:
// somebody may have the volume.
func found(epoch Node, p Preparation, now time.Time) (err error) {
	b, err := OpenBlock(epoch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if _, err := b.Read(); !errors.Is(err, ErrNotPrepared) {
		return err
	}
	if err := b.Found(p.Node, 0, now); err != nil {
		return err
	}
	p.Tell("wrote the first record of the epoch block to " + epoch.Path)
	return nil
}

// FoundAnew writes a first record over a damaged one, for ErrDamaged. The
// epochs go on after epoch, which must be more than there have been: seconds
// since 1970 are.
func (h *Host) FoundAnew(ctx context.Context, d Device, node string, epoch uint64, now time.Time) (err error) {
	layout, err := h.Layout(ctx, d)
	if err != nil {
		return err
	}
	volume, err := layout.ActivateEpoch(ctx)
	if err != nil {
		return err
	}
	b, err := OpenBlock(volume)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if r, err := b.Read(); !errors.Is(err, ErrDamaged) {
		if err == nil {
			err = fmt.Errorf("the epoch block is whole and is of %v: nothing was changed", r.Claim)
		}
		return err
	}
	return b.Found(node, epoch, now)
}
