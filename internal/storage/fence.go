package storage

import (
	"errors"
	"fmt"
	"slices"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// Of the kernel's include/uapi/linux/ext4.h and fs/xfs/libxfs/xfs_fs.h; they
// agree.
const (
	ioctlShutdown        = 0x8004587d // _IOR('X', 125, __u32)
	shutdownWithoutFlush = 2          // nothing more is written, not even the journal
)

// Fence ends a mount at once, for when the volume is not this host's any more
// or may not be: the filesystem is shut down, so that whoever still has a file
// open gets errors and nothing that was cached is written, and the mount is
// taken away from under them. Nothing mounted there is no error; that the
// filesystem could not be shut down is one, after the mount was taken away.
func (h *Host) Fence(target string) error {
	var errs []error
	for {
		m, err := h.mountedAt(target)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		if m == nil {
			return errors.Join(errs...)
		}
		if err := h.shutdown(m); err != nil {
			errs = append(errs, fmt.Errorf("shut down the filesystem at %s: %w", m.Mountpoint, err))
		}
		if err := unix.Unmount(m.Mountpoint, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
			return errors.Join(append(errs, fmt.Errorf("take away the mount at %s: %w", m.Mountpoint, err))...)
		}
	}
}

// errShared says that what is mounted is a part of this host's own system.
var errShared = errors.New("it is the filesystem of this host, which goes on")

// shutdown shuts the filesystem of a mount down. It makes sure that it is that
// one: where nothing is mounted, the same call would end the host's own.
func (h *Host) shutdown(m *mountinfo.Info) error {
	number := numberOfMount(m)
	var root unix.Stat_t
	if err := unix.Stat("/", &root); err != nil {
		return err
	}
	if numberOf(root.Dev) == number {
		return errShared
	}
	fd, err := unix.Open(m.Mountpoint, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EIO) && m.FSType == "xfs" {
		return nil // it shut itself down: no other XFS refuses to open its root so
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }() // a directory
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	if numberOf(stat.Dev) != number {
		return fmt.Errorf("%s is on the device %v by now, not %v", m.Mountpoint, numberOf(stat.Dev), number)
	}
	return unix.IoctlSetPointerInt(fd, ioctlShutdown, shutdownWithoutFlush)
}

// mountedAt returns the mount on top of those at target, or nil.
func (h *Host) mountedAt(target string) (*mountinfo.Info, error) {
	target, err := resolved(target)
	if err != nil {
		return nil, err
	}
	mounts, err := h.mounts("self")
	if err != nil {
		return nil, err
	}
	for _, m := range slices.Backward(mounts) {
		if m.Mountpoint == target {
			return m, nil
		}
	}
	return nil, nil //nolint:nilnil // no mount is an answer
}
