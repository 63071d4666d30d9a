package storage_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
)

// lvm runs one of LVM's commands as a person does.
func (m *mapper) lvm(name string, args ...string) {
	m.t.Helper()
	if _, err := m.Output(m.t.Context(), name, append([]string{"--config", ""}, args...)...); err != nil {
		m.t.Fatal(err)
	}
}

// byHand makes a group and the data, which take so much of it.
func (m *mapper) byHand(d storage.Device, extents string) {
	m.t.Helper()
	m.lvm("pvcreate", d.Path)
	m.lvm("vgcreate", "chef", d.Path)
	m.lvm("lvcreate", "--wipesignatures", "y", "-l", extents, "--name", "data", "chef")
}

// The documentation's own steps are finished: what they made stays as it is,
// mounted where they mount it.
func TestAdopt(t *testing.T) {
	m, ctx, target := newMapper(t), patience(t), t.TempDir()
	d := m.disk(serial)
	if err := m.host.Adoptable(ctx, d, target); !errors.Is(err, storage.ErrNotDivided) {
		t.Errorf("blank: %v, want %v", err, storage.ErrNotDivided)
	}
	m.byHand(d, "85%VG")
	var filesystem *storage.FilesystemError
	for what, do := range map[string]func() error{
		"look":  func() error { return m.host.Adoptable(ctx, d, target) },
		"adopt": func() error { _, _, err := m.host.Adopt(ctx, d, "a", func(string) {}, wall); return err },
	} {
		if err := do(); !errors.As(err, &filesystem) || !strings.Contains(err.Error(), "mkfs.ext4") {
			t.Errorf("%s at data without a filesystem: %v", what, err)
		}
	}
	if _, err := m.host.Layout(ctx, d); !errors.Is(err, storage.ErrNoEpoch) {
		t.Errorf("something was made before it was refused: %v", err)
	}
	data := filepath.Join(m.host.Dev, dm["data"])
	storagetest.Run(t, "mkfs.ext4", "-q", data)
	storagetest.Run(t, "mount", data, target)
	t.Cleanup(func() { storagetest.Unmount(t, target) })
	if err := os.WriteFile(filepath.Join(target, "kept"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.host.Adoptable(ctx, d, target); err != nil {
		t.Errorf("by hand: %v", err)
	}

	var told []string
	tell := func(change string) { told = append(told, change) }
	for range 2 { // the second time nothing is left to do
		_, got, err := m.host.Adopt(ctx, d, "a", tell, wall)
		if err != nil || got.Number != m.volumes["data"].Number {
			t.Fatalf("adopt: %v, %v", got, err)
		}
	}
	want := []string{"made the logical volume epoch", "wrote the first record of the epoch block to " + filepath.Join(m.host.Dev, dm["epoch"])}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(target, "kept")); err != nil {
		t.Error(err)
	}
}

// Who is at work on the volume is named, not killed, and nothing else is taken
// for it.
func TestAdoptRefuses(t *testing.T) {
	m, ctx, target := newMapper(t), patience(t), t.TempDir()
	d := m.disk(serial)
	m.byHand(d, "100%VG")
	data := filepath.Join(m.host.Dev, dm["data"])
	storagetest.Run(t, "mkfs.ext4", "-q", data)
	var group *storage.GroupError
	if err := m.host.Adoptable(ctx, d, target); !errors.As(err, &group) || !strings.Contains(group.Why, "lvreduce --resizefs") {
		t.Errorf("a group that is full: %v", err)
	}
	m.lvm("lvremove", "--yes", "chef/data")
	m.deactivate("data")
	m.lvm("lvcreate", "--wipesignatures", "y", "-l", "85%VG", "--name", "data", "chef")

	var mounted *storage.MountedError
	elsewhere := t.TempDir()
	storagetest.Run(t, "mount", data, elsewhere)
	t.Cleanup(func() { storagetest.Unmount(t, elsewhere) })
	if err := m.host.Adoptable(ctx, d, target); !errors.As(err, &mounted) || mounted.Path != elsewhere {
		t.Errorf("mounted at another place: %v", err)
	}
	storagetest.Unmount(t, elsewhere)
	storagetest.Run(t, "mount", "-t", "tmpfs", "none", target)
	t.Cleanup(func() { storagetest.Unmount(t, target) })
	for what, err := range map[string]error{"look": m.host.Adoptable(ctx, d, target), "unused": m.host.Unused(target)} {
		if !errors.As(err, &mounted) || mounted.Path != target {
			t.Errorf("%s where something else is mounted: %v", what, err)
		}
	}
	storagetest.Unmount(t, target)
	if err := m.host.Unused(target); err != nil {
		t.Errorf("nothing mounted: %v", err)
	}

	storagetest.Run(t, "mount", data, target)
	person := exec.Command("sleep", "600")
	person.Dir = target
	if err := person.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = person.Process.Kill(), person.Wait() }()
	var held *storage.HeldError
	if err := m.host.Adoptable(ctx, d, target); !errors.As(err, &held) || len(held.Holders) != 1 || held.Holders[0].PID != person.Process.Pid {
		t.Errorf("somebody is there: %v", err)
	}
}

// A group of that name on another disk is what the documentation's steps make
// of a second backend.
func TestStrayGroup(t *testing.T) {
	m, ctx := newMapper(t), patience(t)
	if err := m.host.StrayGroup(ctx, nil); err != nil {
		t.Errorf("no group: %v", err)
	}
	d := m.disk(serial)
	m.byHand(d, "85%VG")
	if err := m.host.StrayGroup(ctx, &d); err != nil {
		t.Errorf("the volume's own group: %v", err)
	}
	var group *storage.GroupError
	if err := m.host.StrayGroup(ctx, nil); !errors.As(err, &group) || group.Device != d.Path || !strings.Contains(group.Why, "vgremove") {
		t.Errorf("a group on another disk: %v", err)
	}
	other := m.disk("vol1")
	if err := m.host.Prepare(ctx, other, preparation("lvm"), wall); !errors.As(err, &group) || group.Device != d.Path {
		t.Errorf("prepare beside it: %v", err)
	}
	if _, err := m.host.Layout(ctx, other); !errors.Is(err, storage.ErrNotDivided) {
		t.Errorf("something was made before it was refused: %v", err)
	}
}
