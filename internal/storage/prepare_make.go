package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// partitionTable is in sfdisk(8)'s language: one MiB for the epoch block, the
// rest for the data.
const partitionTable = "label: gpt\nsize=1MiB, name=epoch\nname=data\n"

func (h *Host) makePartitions(ctx context.Context, d Device, p Preparation) (Layout, error) {
	if _, err := h.Run.Feed(ctx, partitionTable, "sfdisk", "--quiet", "--wipe", "never", "--wipe-partitions", "never", d.Path); err != nil {
		return nil, fmt.Errorf("divide %s: %w", d.Path, err)
	}
	p.Tell("divided " + d.Path + " into two partitions")
	// A kernel may not have looked by itself.
	if _, err := h.Run.Output(ctx, "partx", "--update", d.Path); err != nil {
		return nil, fmt.Errorf("show the kernel the partitions of %s: %w", d.Path, err)
	}
	for {
		d, err := h.device(d.Name)
		if err != nil {
			return nil, err
		}
		if layout, err := h.shown(d); err == nil {
			return layout, blank(d.Partitions[epochPartition])
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return nil, fmt.Errorf("divided %s, and its partitions do not show: attach it anew: %w", d.Path, err)
		}
	}
}

// shown returns the layout once both partitions have their files.
func (h *Host) shown(d Device) (Layout, error) {
	layout, err := partitionsOf(d)
	if err != nil {
		return nil, err
	}
	for _, n := range d.Partitions {
		fd, err := n.Open(0)
		if err != nil {
			return nil, err
		}
		if err := unix.Close(fd); err != nil {
			return nil, err
		}
	}
	return layout, nil
}

// makeGroup does the steps of the documentation.
func (h *Host) makeGroup(ctx context.Context, d Device, p Preparation) (Layout, error) {
	// Its commands see this disk alone, and would make a second group of the name.
	if err := h.StrayGroup(ctx, &d); err != nil {
		return nil, err
	}
	l := &lvm{host: h, device: d}
	for _, c := range [][]string{
		{"pvcreate", "--yes", d.Path},
		{"vgcreate", groupName, d.Path},
		{"lvcreate", "--yes", "--wipesignatures", "y", "--extents", "85%VG", "--name", dataVolume, groupName},
	} {
		if _, err := l.run(ctx, c[0], c[1:]...); err != nil {
			return nil, fmt.Errorf("divide %s: %w", d.Path, err)
		}
	}
	p.Tell("made the volume group chef on " + d.Path)
	return h.addEpoch(ctx, d, p)
}

// addEpoch makes the epoch volume in what 85 % leave, blank, and keeps this
// and other hosts from activating the group by themselves.
func (h *Host) addEpoch(ctx context.Context, d Device, p Preparation) (Layout, error) {
	l := &lvm{host: h, device: d}
	if _, err := l.run(ctx, "vgchange", "--setautoactivation", "n", groupName); err != nil {
		return nil, fmt.Errorf("keep %s from being activated by itself, for which LVM 2.03.12 or later is needed: %w", groupName, err)
	}
	if _, err := l.run(ctx, "lvcreate", "--yes", "--wipesignatures", "y", "--size", "4m", "--name", epochVolume, groupName); err != nil {
		return nil, fmt.Errorf("make the epoch volume: %w", err)
	}
	p.Tell("made the logical volume epoch")
	node, err := l.ActivateEpoch(ctx)
	if err != nil {
		return nil, err
	}
	return l, blank(node)
}

// blank takes away what was on a new epoch volume's room before.
func blank(epoch Node) (err error) {
	b, err := OpenBlock(epoch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for i := range Copies {
		if err := b.pwrite(b.copy(b.image, i), i); err != nil {
			return err
		}
	}
	return nil
}
