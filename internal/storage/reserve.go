package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"tournant/internal/diskspace"
)

// Reserve is a file that only takes room, which is given back when the volume
// is almost full: PostgreSQL, which ends when it cannot write its log, has it
// then while writes are refused and people make room.
type Reserve struct {
	Path string
	Size int64 // bytes
}

const reserveName = "reserve"

// ErrNotMounted is returned where nothing is mounted at the path of the volume.
var ErrNotMounted = errors.New("nothing is mounted there")

// Bounds of the reserve.
const (
	// Almost is when a volume is almost full.
	Almost = 0.95
	// refill is how full the volume may be with the reserve taken again. It is
	// apart from Almost, so that the reserve does not come and go.
	refill = 0.92

	reservePart = 50 // of the volume, one in so many
	reserveMin  = 16 << 20
	reserveMax  = 1 << 30
)

// ReserveAt is the reserve of the volume that is mounted at a path, or
// ErrNotMounted.
func ReserveAt(path string) (Reserve, error) {
	v, err := openVolume(path)
	if err != nil {
		return Reserve{}, err
	}
	defer v.close()
	u, err := diskspace.Of(v.dir)
	if err != nil {
		return Reserve{}, err
	}
	size := min(max(int64(u.Size/reservePart), reserveMin), reserveMax)
	return Reserve{Path: filepath.Join(path, reserveName), Size: size}, nil
}

// Watch looks how full the volume is, gives the reserve back if it is almost
// full, and takes it again once there is room. full says that nothing which
// takes room may be written, and that people must make some: the volume is
// almost full, or was and has no room for the reserve. Where the volume is not
// mounted any more, it is ErrNotMounted.
func (r Reserve) Watch() (u diskspace.Usage, full bool, err error) {
	v, err := openVolume(filepath.Dir(r.Path))
	if err != nil {
		return u, false, err
	}
	defer v.close()
	if u, err = diskspace.Of(v.dir); err != nil {
		return u, false, err
	}
	_, err = v.root.Stat(reserveName)
	held := err == nil
	switch {
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return u, false, fmt.Errorf("look for the reserve: %w", err)
	case u.Full() >= Almost && held:
		if err := v.root.Remove(reserveName); err != nil {
			return u, true, fmt.Errorf("give back the reserve: %w", err)
		}
		return u, true, nil
	case !held && u.Without(uint64(r.Size)) < refill:
		return u, false, v.take(r.Size)
	}
	return u, !held, nil
}

// volume is the root of what is mounted at a path, held: a fence may take the
// mount away at any time, and what the path leads to then is the host's own disk.
type volume struct {
	root *os.Root
	dir  *os.File
}

func openVolume(path string) (v volume, err error) {
	if v.root, err = os.OpenRoot(path); err != nil {
		return v, fmt.Errorf("open the volume: %w", err)
	}
	if v.dir, err = v.root.Open("."); err == nil {
		err = v.mounted()
	}
	if err != nil {
		v.close()
		return v, fmt.Errorf("open the volume at %s: %w", path, err)
	}
	return v, nil
}

// mounted is ErrNotMounted for a directory of the filesystem that the one above it
// is of, and for what was taken away since, which has none above it.
func (v volume) mounted() error {
	var here, above unix.Stat_t
	fd := int(v.dir.Fd())
	if err := errors.Join(unix.Fstat(fd, &here), unix.Fstatat(fd, "..", &above, 0)); err != nil {
		return err
	}
	if here.Dev == above.Dev {
		return ErrNotMounted
	}
	return nil
}

func (v volume) close() {
	if v.dir != nil {
		_ = v.dir.Close() // a directory
	}
	_ = v.root.Close() // a directory
}

// take makes the file, whole or not at all, of real blocks.
func (v volume) take(size int64) error {
	const made = reserveName + ".new"
	f, err := v.root.OpenFile(made, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = again(func() (int, error) { return 0, unix.Fallocate(int(f.Fd()), 0, 0, size) })
		err = errors.Join(err, f.Close())
	}
	if err == nil {
		err = v.root.Rename(made, reserveName)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("set the reserve aside: %w", err), v.root.RemoveAll(made))
	}
	return nil
}
