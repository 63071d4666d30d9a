package nspawn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"

	"tournant/lab/cgroup"
)

// mountRoot puts the machine's changes over its layers.
func (m *Machine) mountRoot() error {
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", strings.Join(m.config.Layers, ":"), m.Changes(), m.at("work"))
	if err := unix.Mount("overlay", m.Root(), "overlay", 0, options); err != nil {
		return fmt.Errorf("nspawn: mount the disk of %s (%s): %w", m.config.Name, options, err)
	}
	return nil
}

// forget removes the lock that an nspawn that was killed leaves of a tree: it is by
// the tree's number, and keeps nobody out.
func forget(root string) {
	var s unix.Stat_t
	if err := unix.Stat(root, &s); err == nil {
		_ = os.Remove(fmt.Sprintf("/run/systemd/nspawn/locks/inode-%d:%d", s.Dev, s.Ino))
	}
}

// unmount undoes a mount, if there is one.
func unmount(at string) error {
	if err := unix.Unmount(at, 0); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("nspawn: unmount %s: %w", at, err)
	}
	return nil
}

// makeDev makes a directory that can be a machine's /dev. nspawn's own would be
// the machine's alone, and gone with it: here a volume comes and goes from
// outside.
func makeDev(dev, sys string) error {
	for _, dir := range []string{filepath.Join(dev, "pts"), filepath.Join(dev, "shm"), filepath.Join(dev, "mqueue"), filepath.Join(sys, "block")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9} {
		if err := makeNode(filepath.Join(dev, name), unix.Mkdev(1, minor)); err != nil {
			return err
		}
	}
	if err := makeNode(filepath.Join(dev, "tty"), unix.Mkdev(5, 0)); err != nil {
		return err
	}
	for name, target := range map[string]string{
		"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "core": "/proc/kcore",
	} {
		if err := os.Symlink(target, filepath.Join(dev, name)); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

func makeNode(path string, number uint64) error {
	if err := unix.Mknod(path, unix.S_IFCHR|0o666, int(number)); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("nspawn: make %s: %w", path, err)
	}
	return os.Chmod(path, 0o666)
}

// Sweep ends the machines below dir and unmounts their disks, after a crash of
// whoever had them. What they wrote stays.
func Sweep(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	errs := []error{cgroup.Sweep(ctx, dir)}
	mounts, err := mountinfo.GetMounts(func(i *mountinfo.Info) (skip, stop bool) {
		return i.FSType != "overlay" || !strings.HasPrefix(i.Mountpoint, dir+"/"), false
	})
	errs = append(errs, err)
	slices.Reverse(mounts) // the last mounted first
	for _, m := range mounts {
		forget(m.Mountpoint)
		errs = append(errs, unmount(m.Mountpoint))
	}
	return errors.Join(errs...)
}
