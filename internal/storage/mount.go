package storage

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
)

// Filesystem is one that is mounted.
type Filesystem struct {
	Type string // ext4 or xfs
	// Suspect says that ext4 noted errors in it, be it only that a disk
	// failed once. It was mounted nevertheless: see DESIGN.md.
	Suspect bool
}

// options of a mount, by filesystem. errors=panic is never one: it would end
// the host. XFS refuses a second filesystem of the same UUID, which a volume
// that comes back as another device can look like.
var options = map[string]string{
	"ext4": "errors=remount-ro",
	"xfs":  "nouuid",
}

const mountFlags = unix.MS_NOATIME | unix.MS_NODEV | unix.MS_NOSUID

// MountedError says that a mount stands in the way.
type MountedError struct {
	Path   string
	Device Number // what is mounted there
	Why    string
}

func (e *MountedError) Error() string {
	return fmt.Sprintf("%s, where the device %v is mounted, %s", e.Path, e.Device, e.Why)
}

// Mount mounts the data at target and replays the journal; it never formats
// and never repairs. What is mounted there already is left as it is. It ends
// when the kernel is done with it, not when ctx does. Errors are
// *MountedError, *NodeError, *FilesystemError, or the kernel's.
func (h *Host) Mount(ctx context.Context, data Node, target string) (Filesystem, error) {
	holds, err := h.Probe(ctx, data)
	if err != nil {
		return Filesystem{}, err
	}
	option, known := options[holds.Type]
	if !known {
		return Filesystem{}, &FilesystemError{data.Path, fmt.Sprintf("it holds %v, and only ext4 and xfs are known", holds)}
	}
	mounted, err := h.isMounted(data, target)
	if err != nil {
		return Filesystem{}, err
	}
	if !mounted {
		if err := mount(data, target, holds.Type, option); err != nil {
			return Filesystem{}, err
		}
	}
	suspect, err := h.suspect(data, holds.Type)
	return Filesystem{Type: holds.Type, Suspect: suspect}, err
}

// FilesystemError says that there is no filesystem that can be mounted.
type FilesystemError struct {
	Device string
	Why    string
}

func (e *FilesystemError) Error() string { return e.Device + ": " + e.Why }

func mount(data Node, target, fs, option string) error {
	if err := os.MkdirAll(target, 0o755); err != nil { //nolint:gosec // PostgreSQL's user goes through it
		return fmt.Errorf("make the place of the volume: %w", err)
	}
	// So that no other device of this name is mounted.
	fd, err := data.Open(unix.O_RDONLY)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }() // it was only read
	err = unix.Mount(data.Path, target, fs, mountFlags, option)
	switch {
	case errors.Is(err, unix.EUCLEAN), errors.Is(err, unix.EFSCORRUPTED):
		return &FilesystemError{data.Path, fmt.Sprintf("its %s is damaged beyond its journal (%v): with both backends stopped, repair it with %s",
			fs, err, map[string]string{"ext4": "e2fsck -f", "xfs": "xfs_repair"}[fs])}
	case err != nil:
		return fmt.Errorf("mount %s at %s: %w", data.Path, target, err)
	}
	var stat unix.Stat_t
	if err := unix.Stat(target, &stat); err != nil {
		return fmt.Errorf("look at %s: %w", target, err)
	}
	if found := numberOf(stat.Dev); found != data.Number {
		return errors.Join(&NodeError{Node: data, Found: found}, unix.Unmount(target, unix.UMOUNT_NOFOLLOW))
	}
	return nil
}

// isMounted reports whether the data are mounted at target, alone, and there
// only.
func (h *Host) isMounted(data Node, target string) (bool, error) {
	mounts, err := h.mounts("self")
	if err != nil {
		return false, err
	}
	target, err = resolved(target)
	if err != nil {
		return false, err
	}
	there := 0
	for _, m := range mounts {
		number := numberOfMount(m)
		switch {
		case m.Mountpoint == target && number != data.Number:
			return false, &MountedError{m.Mountpoint, number, fmt.Sprintf("is where %s (%v) has to be: unmount it", data.Name, data.Number)}
		case m.Mountpoint != target && number == data.Number:
			return false, &MountedError{m.Mountpoint, number, "is a second place of the volume: unmount it"}
		case m.Mountpoint != target:
			continue
		case unusable(m):
			return false, &MountedError{m.Mountpoint, number, "takes no writes any more: unmount it"}
		}
		there++
	}
	return there > 0, nil
}

// unusable reports whether a mount takes no writes, because it was made so or
// because its filesystem gave up.
func unusable(m *mountinfo.Info) bool {
	all := strings.Split(m.Options+","+m.VFSOptions, ",")
	return slices.ContainsFunc(all, func(o string) bool { return o == "ro" || o == "emergency_ro" || o == "shutdown" })
}

// mounts reads the mounts that a process sees; last is what is on top.
func (h *Host) mounts(pid string) ([]*mountinfo.Info, error) {
	f, err := os.Open(filepath.Join(h.Proc, pid, "mountinfo"))
	if err != nil {
		return nil, fmt.Errorf("list the mounts: %w", err)
	}
	defer f.Close()
	mounts, err := mountinfo.GetMountsFromReader(f, nil)
	if err != nil {
		return nil, fmt.Errorf("list the mounts: %w", err)
	}
	return mounts, nil
}

func numberOfMount(m *mountinfo.Info) Number {
	return Number{uint32(m.Major), uint32(m.Minor)}
}

// linksAtMost is the kernel's limit of links in a path.
const linksAtMost = 40

// resolved is a path as the kernel lists it, also while it is not there. Nothing
// of what is mounted at it is looked at: an XFS that shut itself down answers
// nothing, not even what its root is, and has to be found and taken away.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for range linksAtMost {
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if errors.Is(err, os.ErrNotExist) {
			return path, nil
		}
		if err != nil {
			return "", err
		}
		path = filepath.Join(dir, filepath.Base(path))
		// It asks the directory, and a root that is mounted is no link.
		link, err := os.Readlink(path)
		if err != nil {
			return path, nil //nolint:nilerr // no link, or nothing that says it is one
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(dir, link)
		}
		path = link
	}
	return "", &os.PathError{Op: "readlink", Path: path, Err: unix.ELOOP}
}

// MountedAt tells whether anything is mounted at a path.
func MountedAt(target string) (bool, error) {
	real, err := resolved(target)
	if err != nil {
		return false, fmt.Errorf("look what is mounted at %s: %w", target, err)
	}
	mounts, err := mountinfo.GetMounts(mountinfo.SingleEntryFilter(real))
	if err != nil {
		return false, fmt.Errorf("look what is mounted at %s: %w", target, err)
	}
	return len(mounts) > 0, nil
}
