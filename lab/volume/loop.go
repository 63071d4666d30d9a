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

// newLoop puts a device over file that passes all I/O on without a cache.
func newLoop(file string) (loop, error) {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return loop{}, err
	}
	defer f.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return loop{}, err
	}
	defer control.Close()
	for {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return loop{}, fmt.Errorf("find a free loop device: %w", err)
		}
		l := loop{fmt.Sprintf("loop%d", n)}
		err = l.configure(f)
		if errors.Is(err, unix.EBUSY) {
			continue // somebody else was faster
		}
		return l, err
	}
}

func (l loop) configure(f *os.File) error {
	device, err := os.OpenFile(l.path(), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer device.Close()
	c := unix.LoopConfig{Fd: uint32(f.Fd())}
	c.Info.Flags = unix.LO_FLAGS_DIRECT_IO
	copy(c.Info.File_name[:len(c.Info.File_name)-1], f.Name())
	if err := unix.IoctlLoopConfigure(int(device.Fd()), &c); err != nil {
		return fmt.Errorf("%s over %s: %w", l.path(), f.Name(), err)
	}
	info, err := unix.IoctlLoopGetStatus64(int(device.Fd()))
	if err != nil {
		return fmt.Errorf("%s: %w", l.path(), err)
	}
	if info.Flags&unix.LO_FLAGS_DIRECT_IO == 0 {
		return fmt.Errorf("%s over %s: this kernel caches what goes through it", l.path(), f.Name())
	}
	return nil
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
