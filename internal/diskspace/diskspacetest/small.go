// Package diskspacetest gives tests disks that are soon full. They need root.
package diskspacetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"tournant/internal/diskspace"
)

// Small is a filesystem of so many bytes, that everybody may write to, until the
// test ends.
func Small(tb testing.TB, size int64) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "small") // not tb.TempDir, which only root goes into
	if err == nil {
		err = os.Chmod(dir, 0o711)
	}
	if err != nil {
		tb.Fatal(err)
	}
	disk := filepath.Join(dir, "disk")
	if err := errors.Join(os.Mkdir(disk, 0o777), unix.Mount("small", disk, "tmpfs", 0, fmt.Sprintf("size=%d,mode=777", size))); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := errors.Join(unix.Unmount(disk, 0), os.RemoveAll(dir)); err != nil {
			tb.Error(err)
		}
	})
	return disk
}

// Fill leaves so many bytes of a directory's filesystem, and returns what gives
// the others back.
func Fill(tb testing.TB, dir string, left uint64) (empty func()) {
	tb.Helper()
	f, err := os.CreateTemp(dir, "fill")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	u, err := diskspace.At(dir)
	if err == nil && u.Available > left {
		err = unix.Fallocate(int(f.Fd()), 0, 0, int64(u.Available-left))
	}
	if err != nil {
		tb.Fatal(err)
	}
	return func() {
		if err := os.Remove(f.Name()); err != nil {
			tb.Error(err)
		}
	}
}
