package storage

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Where ext4 notes that it met errors; see ext4(5) and the kernel's
// Documentation/filesystems/ext4/super.rst.
const (
	superblockOffset = 1024
	superblockState  = 0x3a  // 2 bytes
	superblockErrors = 0x194 // 4 bytes: how many
	superblockSize   = 1024
	stateErrors      = 0x2
)

// suspect reports whether ext4 noted errors, whose mount is over: mounting
// takes over what the journal noted of the last one.
func (h *Host) suspect(data Node, fs string) (bool, error) {
	if fs != "ext4" {
		return false, nil // XFS does not mount what it knows to be damaged
	}
	fd, err := data.Open(unix.O_RDONLY)
	if err != nil {
		return false, err
	}
	b := make([]byte, superblockSize)
	_, err = again(func() (int, error) { return unix.Pread(fd, b, superblockOffset) })
	if err := errors.Join(err, unix.Close(fd)); err != nil {
		return false, fmt.Errorf("read the superblock of %s: %w", data.Path, err)
	}
	le := binary.LittleEndian
	return le.Uint16(b[superblockState:])&stateErrors != 0 || le.Uint32(b[superblockErrors:]) > 0, nil
}
