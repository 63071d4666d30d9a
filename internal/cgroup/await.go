// Package cgroup waits for what the kernel tells of a control group.
package cgroup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Await waits until an event of the cgroup.events of a group of version 2,
// "populated" or "frozen", is so: that any process is in it or below, or that
// all of them stand still. The group is a directory.
func Await(ctx context.Context, group, event string, want bool) error {
	f, err := os.Open(filepath.Join(group, "cgroup.events"))
	if err != nil {
		return err
	}
	defer f.Close()
	const slice = 100 * time.Millisecond // poll(2) does not hear of ctx
	text := make([]byte, 256)
	for {
		n, err := f.ReadAt(text, 0) // the kernel tells of changes since what was read
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if strings.Contains(string(text[:n]), event+" 1") == want {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("cgroup: %s: %s is not %v: %w", group, event, want, ctx.Err())
		}
		fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLPRI}}
		if _, err := unix.Poll(fds, int(slice.Milliseconds())); err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
