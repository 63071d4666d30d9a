package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lock keeps a second cluster out of the same directory, and is gone with the
// process. The file has its number.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(lockFile(dir), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("cluster: %s is in use: %w", dir, err), f.Close())
	}
	number := strconv.Itoa(os.Getpid()) + "\n"
	if _, err := f.WriteAt([]byte(number), 0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, f.Truncate(int64(len(number)))
}

func lockFile(dir string) string { return dir + ".lock" }

// Holder is the process that has the cluster in a directory, 0 if none has.
func Holder(dir string) (int, error) {
	f, err := os.Open(lockFile(dir))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); {
	case err == nil:
		return 0, nil
	case !errors.Is(err, unix.EWOULDBLOCK):
		return 0, err
	}
	for range 100 { // whoever has just taken it writes its number next
		if pid := writtenIn(f); pid > 0 {
			return pid, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return 0, fmt.Errorf("cluster: %s is locked by a process that does not say which it is", f.Name())
}

// writtenIn is the number in a lock file of a process that has the file open.
func writtenIn(f *os.File) int {
	text := make([]byte, 32)
	n, err := f.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil {
		return 0
	}
	mine, err := f.Stat()
	if err != nil {
		return 0
	}
	descriptors, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid)) // the pattern is well-formed
	for _, d := range descriptors {
		if other, err := os.Stat(d); err == nil && os.SameFile(mine, other) {
			return pid
		}
	}
	return 0
}
