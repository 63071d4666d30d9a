package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// abort lets every request to the files below dir fail, whoever waits for it.
// A process that was killed while it waited for I/O of its own volume cannot end
// otherwise: it waits for an answer that only it could have given, and as long as
// it is there its end of the connection is not closed.
func abort(dir string) error {
	files, err := filesBelow(dir)
	if err != nil {
		return err
	}
	var numbers []int
	for _, m := range files {
		numbers = append(numbers, m.Minor)
	}
	return abortConnections(numbers...)
}

// abortConnections does so by the connections' numbers, each of which is the
// minor number of its filesystem. One that has gone already is none.
func abortConnections(numbers ...int) (err error) {
	if len(numbers) == 0 {
		return nil
	}
	// The kernel's FUSE control filesystem, at a place of our own: whoever else
	// needs it may unmount the one at /sys/fs/fuse/connections.
	connections, err := os.MkdirTemp("", "fusectl")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(connections)) }()
	if err := unix.Mount("fusectl", connections, "fusectl", 0, ""); err != nil {
		return fmt.Errorf("mount the control of FUSE: %w", err)
	}
	defer func() { err = errors.Join(err, unix.Unmount(connections, unix.MNT_DETACH)) }()
	for _, n := range numbers {
		err := os.WriteFile(filepath.Join(connections, strconv.Itoa(n), "abort"), []byte("1"), 0)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("abort the volume's files: %w", err)
		}
	}
	return nil
}
