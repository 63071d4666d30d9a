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
	l := loop{filepath.Base(strings.TrimSpace(out))}
	direct, err := os.ReadFile(filepath.Join("/sys/block", l.name, "loop/dio"))
	if err == nil && strings.TrimSpace(string(direct)) != "1" {
		err = fmt.Errorf("%s over %s: this kernel caches what goes through it", l.path(), file)
	}
	if err != nil {
		return loop{}, errors.Join(err, l.release())
	}
	return l, nil
}

// release takes the device away from its file: at once, or when the last has
// closed it.
func (l loop) release() error {
	device, err := os.OpenFile(l.path(), os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer device.Close()
	// Without a file it has been released before.
	if err := unix.IoctlSetInt(int(device.Fd()), unix.LOOP_CLR_FD, 0); err != nil && !errors.Is(err, unix.ENXIO) {
		return fmt.Errorf("release %s: %w", l.path(), err)
	}
	return nil
}

// loopsOver are the devices over files below dir, with the file of each.
func loopsOver(dir string) (map[loop]string, error) {
	found := map[loop]string{}
	entries, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, err := os.ReadFile(e)
		if err != nil {
			continue // released meanwhile
		}
		// The kernel marks a file whose name is gone.
		file := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), " (deleted)")
		if strings.HasPrefix(file, strings.TrimSuffix(dir, "/")+"/") {
			found[loop{filepath.Base(filepath.Dir(filepath.Dir(e)))}] = file
		}
	}
	return found, nil
}
