package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// Sweep removes what volumes below dir have left behind on this machine, also
// after a crash of whoever had them open: mounts, loop devices, the filesystem
// of their files. Its error names what could not be removed.
func Sweep(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	errs := []error{abort(dir)}
	loops, err := loopsOver(dir)
	if err != nil {
		return err
	}
	for _, l := range loops {
		mounts, err := l.mounts()
		errs = append(errs, err)
		for _, at := range mounts {
			if err := unix.Unmount(at, unix.MNT_DETACH); err != nil {
				errs = append(errs, fmt.Errorf("unmount %s: %w", at, err))
			}
		}
		errs = append(errs, l.release())
	}
	files, err := filesBelow(dir)
	errs = append(errs, err)
	for _, m := range files {
		at := m.Mountpoint
		if err := unix.Unmount(at, unix.MNT_DETACH); err != nil {
			errs = append(errs, fmt.Errorf("unmount %s: %w", at, err))
		}
	}
	return errors.Join(append(errs, leftovers(dir))...)
}

// leftovers names what is still there of volumes below dir.
func leftovers(dir string) error {
	loops, err := loopsOver(dir)
	errs := []error{err}
	for _, l := range loops {
		users, err := l.users()
		errs = append(errs, err, fmt.Errorf("%s over %s is still in use by %s", l.path(), l.file, users))
	}
	files, err := filesBelow(dir)
	errs = append(errs, err)
	for _, m := range files {
		errs = append(errs, fmt.Errorf("%s is still mounted", m.Mountpoint))
	}
	return errors.Join(errs...)
}

// users says who keeps a loop device from going away.
func (l loop) users() (string, error) {
	numbers, err := l.numbers()
	if err != nil {
		return "", err
	}
	mounts, err := l.mounts()
	if err != nil {
		return "", err
	}
	isOpen, err := openAnywhere(numbers)
	switch {
	case err != nil:
		return "", err
	case len(mounts) > 0:
		return "mounts at " + strings.Join(mounts, ", "), nil
	case isOpen:
		return "a process that has it open", nil
	}
	if _, err := os.Stat("/proc/fs/ext4/" + l.name); err == nil {
		return "ext4, in another mount namespace", nil
	}
	return "nobody that can be seen", nil
}

// mounts are the places where the device or a partition is mounted.
func (l loop) mounts() ([]string, error) {
	numbers, err := l.numbers()
	if err != nil {
		return nil, err
	}
	found, err := mountinfo.GetMounts(only(func(m *mountinfo.Info) bool { return numbers[unix.Mkdev(uint32(m.Major), uint32(m.Minor))] }))
	var at []string
	for _, m := range found {
		at = append(at, m.Mountpoint)
	}
	return at, err
}

// filesBelow are the mounts of volumes' files below dir.
func filesBelow(dir string) ([]*mountinfo.Info, error) {
	return mountinfo.GetMounts(only(func(m *mountinfo.Info) bool {
		return m.FSType == "fuse.ebs" && strings.HasPrefix(m.Mountpoint+"/", dir+"/")
	}))
}

func only(match func(*mountinfo.Info) bool) mountinfo.FilterFunc {
	return func(m *mountinfo.Info) (skip, stop bool) { return !match(m), false }
}
