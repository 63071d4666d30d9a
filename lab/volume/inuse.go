package volume

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// inUse is whether the device or a partition is mounted, or open in a process.
func (d *device) inUse() (bool, error) {
	numbers, err := d.loop.numbers()
	if err != nil {
		return false, err
	}
	// A filesystem claims its device, and so the whole disk, for itself.
	fd, err := unix.Open(d.loop.path(), unix.O_RDONLY|unix.O_EXCL|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EBUSY) {
		return true, nil
	}
	if err != nil {
		return false, &os.PathError{Op: "open", Path: d.loop.path(), Err: err}
	}
	_ = unix.Close(fd)
	return openAnywhere(numbers)
}

// numbers are the device numbers of the loop device and of its partitions.
func (l loop) numbers() (map[uint64]bool, error) {
	files, err := filepath.Glob(l.path() + "*")
	if err != nil {
		return nil, err
	}
	numbers := map[uint64]bool{}
	for _, file := range files {
		// loop1* is loop12 as well.
		if rest := file[len(l.path()):]; rest != "" && rest[0] != 'p' {
			continue
		}
		var s unix.Stat_t
		if err := unix.Stat(file, &s); err == nil {
			numbers[s.Rdev] = true
		}
	}
	return numbers, nil
}

// openAnywhere looks through the descriptors of all processes, in whatever
// namespace they are.
func openAnywhere(numbers map[uint64]bool) (bool, error) {
	processes, err := os.ReadDir("/proc")
	if err != nil {
		return false, err
	}
	for _, process := range processes {
		if _, err := strconv.Atoi(process.Name()); err != nil {
			continue
		}
		dir := filepath.Join("/proc", process.Name(), "fd")
		descriptors, err := os.ReadDir(dir)
		if err != nil {
			continue // it has ended
		}
		for _, fd := range descriptors {
			var s unix.Stat_t
			if unix.Stat(filepath.Join(dir, fd.Name()), &s) == nil && s.Mode&unix.S_IFMT == unix.S_IFBLK && numbers[s.Rdev] {
				return true, nil
			}
		}
	}
	return false, nil
}
