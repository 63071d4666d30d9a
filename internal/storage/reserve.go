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

// ReserveAt is the reserve of the volume that is mounted at a path.
func ReserveAt(path string) (Reserve, error) {
	u, err := diskspace.At(path)
	if err != nil {
		return Reserve{}, err
	}
	size := min(max(int64(u.Size/reservePart), reserveMin), reserveMax)
	return Reserve{Path: filepath.Join(path, reserveName), Size: size}, nil
}

// Watch looks how full the volume is, gives the reserve back if it is almost
// full, and takes it again once there is room. full says that nothing which
// takes room may be written, and that people must make some: the volume is
// almost full, or was and has no room for the reserve.
func (r Reserve) Watch() (u diskspace.Usage, full bool, err error) {
	if u, err = diskspace.At(filepath.Dir(r.Path)); err != nil {
		return u, false, err
	}
	_, err = os.Stat(r.Path)
	held := err == nil
	switch {
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return u, false, fmt.Errorf("look for the reserve: %w", err)
	case u.Full() >= Almost && held:
		if err := os.Remove(r.Path); err != nil {
			return u, true, fmt.Errorf("give back the reserve: %w", err)
		}
		return u, true, nil
	case !held && u.Without(uint64(r.Size)) < refill:
		return u, false, r.take()
	}
	return u, !held, nil
}

// take makes the file, whole or not at all, of real blocks.
func (r Reserve) take() error {
	made := r.Path + ".new"
	f, err := os.OpenFile(made, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = again(func() (int, error) { return 0, unix.Fallocate(int(f.Fd()), 0, 0, r.Size) })
		err = errors.Join(err, f.Close())
	}
	if err == nil {
		err = os.Rename(made, r.Path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("set the reserve aside: %w", err), os.RemoveAll(made))
	}
	return nil
}
