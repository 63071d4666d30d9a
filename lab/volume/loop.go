package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A loop is a block device over a file.
type loop struct {
	name string // loop3
	file string // as the kernel names it
}

func (l loop) path() string { return filepath.Join("/dev", l.name) }

// newLoop puts a device over file that passes all I/O on without a cache. It is
// losetup's work because the kernel asks for the file's size, and syncs it, before
// it is done: were it this process that waits, and were it killed then, it would
// wait for itself, with the device half-made.
func newLoop(file string) (loop, error) {
	out, err := tool("losetup", "--find", "--show", "--direct-io=on", file)
	if err != nil {
		return loop{}, err
	}
	l := loop{name: filepath.Base(strings.TrimSpace(out))}
	if l.file, err = backing(l.name); err != nil {
		return loop{}, fmt.Errorf("%s over %s: %w", l.path(), file, err)
	}
	direct, err := os.ReadFile(filepath.Join("/sys/block", l.name, "loop/dio"))
	if err == nil && strings.TrimSpace(string(direct)) != "1" {
		err = fmt.Errorf("%s over %s: this kernel caches what goes through it", l.path(), file)
	}
	if err != nil {
		return loop{}, errors.Join(err, l.release())
	}
	return l, nil
}

// backing is the file that a loop device is over; os.ErrNotExist if it is over none.
func backing(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join("/sys/block", name, "loop/backing_file"))
	// The kernel marks a file whose name is gone.
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), " (deleted)"), err
}

// release takes the partitions, if nobody uses them, and the device away from its file:
// at once, or when the last has closed it.
//
// Loop devices are the whole machine's. One that had been released already, and was
// taken over another file since, is somebody else's and left alone. Open, it stays over
// what it is over.
func (l loop) release() error {
	device, err := os.OpenFile(l.path(), os.O_RDONLY, 0)
	if errors.Is(err, unix.ENXIO) {
		return nil // it is being released
	}
	if err != nil {
		return err
	}
	defer device.Close()
	switch file, err := backing(l.name); {
	case errors.Is(err, os.ErrNotExist) || err == nil && file != l.file:
		return nil
	case err != nil:
		return err
	}
	// In use is no error: the next use of the loop device will delete them.
	_ = l.deletePartitions()
	// Without a file it has been released before.
	if err := unix.IoctlSetInt(int(device.Fd()), unix.LOOP_CLR_FD, 0); err != nil && !errors.Is(err, unix.ENXIO) {
		return fmt.Errorf("release %s: %w", l.path(), err)
	}
	return nil
}

// loopsOver are the devices over files below dir.
func loopsOver(dir string) ([]loop, error) {
	entries, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return nil, err
	}
	var found []loop
	for _, e := range entries {
		l := loop{name: filepath.Base(filepath.Dir(filepath.Dir(e)))}
		if l.file, err = backing(l.name); err != nil {
			continue // released meanwhile
		}
		if strings.HasPrefix(l.file, strings.TrimSuffix(dir, "/")+"/") {
			found = append(found, l)
		}
	}
	return found, nil
}
