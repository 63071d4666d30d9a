package storage_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
)

// disk returns a loop device as the host's kernel shows it.
func disk(t *testing.T, n storage.Node) storage.Device {
	t.Helper()
	devices, err := storage.OnHost().Devices()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(devices, func(d storage.Device) bool { return d.Name == n.Name })
	if i < 0 {
		t.Fatalf("the kernel does not show %s", n.Name)
	}
	return devices[i]
}

// partitioned makes a disk whose partitions end with the test.
func partitioned(t *testing.T) storage.Node {
	t.Helper()
	n := storagetest.NewLoop(t, "", 64<<20).Node(t)
	t.Cleanup(func() { storagetest.Run(t, "partx", "--delete", n.Path) })
	return n
}

func TestPreparePartitions(t *testing.T) {
	n, h, ctx := partitioned(t), storage.OnHost(), patience(t)
	var told []string
	p := preparation("partitions")
	p.Tell = func(change string) { told = append(told, change) }
	if err := h.Prepare(ctx, disk(t, n), p, wall); err != nil {
		t.Fatal(err)
	}
	if len(told) != 3 {
		t.Errorf("told %q", told)
	}
	layout, err := h.Layout(ctx, disk(t, n))
	if err != nil || layout.Kind() != "partitions" {
		t.Fatalf("prepared: %v, %v", layout, err)
	}
	epoch, err := layout.ActivateEpoch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, epoch)
	taken, err := b.Take("a", wall)
	if err != nil || taken.Epoch != 1 {
		t.Errorf("take: %v, %v", taken, err)
	}
	data, err := layout.ActivateData(ctx)
	if err != nil {
		t.Fatal(err)
	}
	target := t.TempDir()
	t.Cleanup(func() { storagetest.Unmount(t, target) })
	mountOn(t, data, target)
	if err := os.WriteFile(target+"/kept", nil, 0o600); err != nil {
		t.Fatal(err)
	}

	// Once more, while it is in use.
	told = nil
	if err := h.Prepare(ctx, disk(t, n), p, wall); err != nil || len(told) > 0 {
		t.Errorf("again: %v, told %q", err, told)
	}
	if err := b.Beat(wall); err != nil {
		t.Errorf("the epoch block changed: %v", err)
	}
	if _, err := os.Stat(target + "/kept"); err != nil {
		t.Error(err)
	}
	if err := h.Unmount(ctx, target, 0); err != nil {
		t.Error(err)
	}
	if err := layout.Deactivate(ctx); err != nil {
		t.Error(err)
	}
}

// A volume that holds something is left as it is until a person says so.
func TestPrepareRefuses(t *testing.T) {
	n, h, ctx := partitioned(t), storage.OnHost(), patience(t)
	storagetest.Run(t, "mkfs.ext4", "-q", n.Path)
	_, err := h.Layout(ctx, disk(t, n))
	var undivided *storage.UndividedError
	if !errors.As(err, &undivided) || !strings.Contains(err.Error(), "rsync") {
		t.Errorf("a filesystem on the whole device: %v", err)
	}
	p := preparation("partitions")
	var occupied *storage.OccupiedError
	if err := h.Prepare(ctx, disk(t, n), p, wall); !errors.As(err, &occupied) || occupied.Holds.Type != "ext4" {
		t.Errorf("over a filesystem: %v", err)
	}
	if s, err := h.Probe(ctx, n); err != nil || s.Type != "ext4" {
		t.Errorf("now holds %v, %v", s, err)
	}
	p.Erase = true
	if err := h.Prepare(ctx, disk(t, n), p, wall); err != nil {
		t.Errorf("told to erase: %v", err)
	}
	for _, bad := range []storage.Preparation{{Layout: "partitions", Filesystem: "btrfs"}, {Layout: "raid", Filesystem: "xfs"}} {
		if err := h.Prepare(ctx, disk(t, storagetest.NewLoop(t, "", 1<<20).Node(t)), bad, wall); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}

func TestPrepareOtherPartitions(t *testing.T) {
	n, h, ctx := partitioned(t), storage.OnHost(), patience(t)
	if _, err := (storage.OnHost().Run).Feed(ctx, "label: dos\nsize=8MiB\nsize=8MiB\nsize=8MiB\n", "sfdisk", "--quiet", n.Path); err != nil {
		t.Fatal(err)
	}
	var parts *storage.PartitionError
	if _, err := h.Layout(ctx, disk(t, n)); !errors.As(err, &parts) {
		t.Errorf("partitions that the kernel does not show: %v", err)
	}
	storagetest.Run(t, "partx", "--add", n.Path)
	if _, err := h.Layout(ctx, disk(t, n)); !errors.As(err, &parts) || parts.Count != 3 {
		t.Errorf("three partitions: %v", err)
	}
	var occupied *storage.OccupiedError
	if err := h.Prepare(ctx, disk(t, n), preparation("partitions"), wall); !errors.As(err, &occupied) || occupied.Holds.Table != "dos" {
		t.Errorf("over three partitions: %v", err)
	}
}

// A damaged epoch block is written anew by a person's command alone, with
// epochs that go on, never while it is whole.
func TestFoundAnew(t *testing.T) {
	n, h, ctx := partitioned(t), storage.OnHost(), patience(t)
	if err := h.Prepare(ctx, disk(t, n), preparation("partitions"), wall); err != nil {
		t.Fatal(err)
	}
	d := disk(t, n)
	if err := h.FoundAnew(ctx, d, "a", uint64(wall.Unix()), wall); err == nil {
		t.Error("wrote over a whole block")
	}
	for i := range storage.Copies {
		change(t, d.Partitions[1], i, make([]byte, 512))
	}
	if err := h.Prepare(ctx, d, preparation("partitions"), wall); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("prepare: %v, want %v", err, storage.ErrDamaged)
	}
	if err := h.FoundAnew(ctx, d, "a", uint64(wall.Unix()), wall); err != nil {
		t.Fatal(err)
	}
	if taken, err := open(t, d.Partitions[1]).Take("a", wall); err != nil || taken.Epoch != uint64(wall.Unix())+1 {
		t.Errorf("then: %v, %v", taken, err)
	}
}
