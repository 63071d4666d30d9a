// Package diskspace tells how full a filesystem is.
package diskspace

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Usage is how full a filesystem is, in bytes.
type Usage struct {
	Size      uint64 // what anybody but root can use
	Available uint64
	Files     uint64 // that can still be made
}

// At asks the filesystem of a path.
func At(path string) (Usage, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return Usage{}, fmt.Errorf("ask how full %s is: %w", path, err)
	}
	return usageOf(&stat), nil
}

// Of asks the filesystem of an open file.
func Of(f *os.File) (Usage, error) {
	var stat unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &stat); err != nil {
		return Usage{}, fmt.Errorf("ask how full %s is: %w", f.Name(), err)
	}
	return usageOf(&stat), nil
}

func usageOf(stat *unix.Statfs_t) Usage {
	unit := uint64(stat.Frsize)
	used := stat.Blocks - stat.Bfree
	u := Usage{Size: (used + stat.Bavail) * unit, Available: stat.Bavail * unit, Files: stat.Ffree}
	if stat.Files == 0 { // it has as many as there is room for
		u.Files = stat.Bavail
	}
	return u
}

// Full is from 0, empty, to 1: not a byte more for anybody but root. A
// filesystem that has no file left is full.
func (u Usage) Full() float64 {
	if u.Size == 0 || u.Files == 0 {
		return 1
	}
	return 1 - float64(u.Available)/float64(u.Size)
}

// Without is how full it would be with so many bytes less.
func (u Usage) Without(bytes uint64) float64 {
	u.Available -= min(u.Available, bytes)
	return u.Full()
}
