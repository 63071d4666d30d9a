package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tournant/internal/diskspace"
	"tournant/internal/storage"
)

// The reserve is there until the volume is almost full, and again once there
// is room; what it gives back can be written, as the user of the database.
func TestReserve(t *testing.T) {
	for _, kind := range []string{"ext4", "xfs"} {
		data, target := filesystem(t, kind)
		mountOn(t, data, target)
		r, err := storage.ReserveAt(target)
		if err != nil {
			t.Fatal(err)
		}
		watch := func(what string, wantFull, wantHeld bool) diskspace.Usage {
			t.Helper()
			u, full, err := r.Watch()
			if err != nil || full != wantFull {
				t.Errorf("%s, %s: full %t, %v, want %t (%+v)", kind, what, full, err, wantFull, u)
			}
			info, err := os.Stat(r.Path)
			if held := err == nil && info.Size() == r.Size; held != wantHeld {
				t.Errorf("%s, %s: reserve %t, want %t", kind, what, held, wantHeld)
			}
			return u
		}
		watch("new", false, true)
		watch("again", false, true)
		fill := filepath.Join(target, "fill")
		fillTo(t, fill, watch("before", false, true), 0.94)
		watch("at 94 %", false, true)
		fillTo(t, fill+"2", watch("before", false, true), 0.96)
		before := watch("at 96 %", true, false)
		watch("then", true, false)
		settled(t, target, func(u diskspace.Usage) bool { return u.Available-before.Available >= uint64(r.Size) })
		if err := os.Remove(fill + "2"); err != nil {
			t.Fatal(err)
		}
		settled(t, target, func(u diskspace.Usage) bool { return u.Full() < storage.Almost })
		watch("with too little room for the reserve", true, false)
		if err := os.Remove(fill); err != nil {
			t.Fatal(err)
		}
		settled(t, target, func(u diskspace.Usage) bool { return u.Full() < 0.5 })
		watch("with room", false, true)
	}
}

// settled waits until it is so: XFS frees what was removed a little later.
func settled(t *testing.T, target string, so func(diskspace.Usage) bool) {
	t.Helper()
	ctx := patience(t)
	for {
		u, err := diskspace.At(target)
		if err != nil {
			t.Fatal(err)
		}
		if so(u) {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("stays at %+v", u)
		case <-time.After(time.Millisecond):
		}
	}
}

// fillTo takes room until the filesystem is so full.
func fillTo(t *testing.T, name string, u diskspace.Usage, full float64) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	size := int64((full - u.Full()) * float64(u.Size))
	if err := errors.Join(unix.Fallocate(int(f.Fd()), 0, 0, size), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// Where there never was room for the reserve, the volume is as good as full, and
// nothing half is left.
func TestReserveWithoutRoom(t *testing.T) {
	data, target := filesystem(t, "ext4")
	mountOn(t, data, target)
	r := storage.Reserve{Path: filepath.Join(target, "reserve"), Size: filesystemSize}
	if u, full, err := r.Watch(); err != nil || !full {
		t.Errorf("full %t, %v, want it so (%+v)", full, err, u)
	}
	if left, err := filepath.Glob(r.Path + "*"); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// The reserve is never taken on what is below the mount, the host's own disk, when
// the volume is not there any more or not yet.
func TestReserveOnTheVolumeAlone(t *testing.T) {
	data, target := filesystem(t, "ext4")
	mountOn(t, data, target)
	r, err := storage.ReserveAt(target)
	if err != nil {
		t.Fatal(err)
	}
	for what, end := range map[string]func() error{
		"fenced":    func() error { return storage.OnHost().Fence(target) },
		"unmounted": func() error { return storage.OnHost().Unmount(patience(t), target, time.Second) },
	} {
		mountOn(t, data, target)
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if u, full, err := r.Watch(); !errors.Is(err, storage.ErrNotMounted) || full {
			t.Errorf("%s: full %t, %v (%+v), want %v", what, full, err, u, storage.ErrNotMounted)
		}
		if _, err := storage.ReserveAt(target); !errors.Is(err, storage.ErrNotMounted) {
			t.Errorf("%s: %v, want %v", what, err, storage.ErrNotMounted)
		}
		if left, err := filepath.Glob(filepath.Join(target, "*")); err != nil || len(left) > 0 {
			t.Errorf("%s: on the host's disk is left %v, %v", what, left, err)
		}
	}
}
