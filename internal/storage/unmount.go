package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// HeldError says who still held the filesystem when the time was over.
type HeldError struct {
	Path    string
	Holders []Holder
	Err     error // of ctx
}

func (e *HeldError) Error() string {
	held := make([]string, 0, len(e.Holders))
	for _, h := range e.Holders {
		held = append(held, h.String())
	}
	if len(held) == 0 {
		held = []string{"no process, but perhaps by a mount below it, an export or a loop device"}
	}
	return fmt.Sprintf("%s cannot be unmounted (%v): it is held by %s", e.Path, e.Err, strings.Join(held, ", "))
}

func (e *HeldError) Unwrap() error { return e.Err }

// Unmount unmounts what is mounted at target, and nothing is no error. Whoever
// holds it is asked to end, and killed after grace. When it returns, no
// process of this host has the filesystem mounted. It tries until ctx ends
// (*HeldError); what the kernel is still to write it waits for. A filesystem
// that is mounted elsewhere as well is a *MountedError: its users may be those
// of another place, and the host's own root is such a filesystem too.
func (h *Host) Unmount(ctx context.Context, target string, grace time.Duration) error {
	for {
		m, err := h.mountedAt(target)
		if err != nil || m == nil {
			return err
		}
		number := numberOfMount(m)
		if err := h.onlyPlace(m); err != nil {
			return err
		}
		if err := h.unmount(ctx, m.Mountpoint, number, grace); err != nil {
			return err
		}
		// Another namespace's mount of the same filesystem would keep it.
		if err := h.endAll(ctx, m.Mountpoint, number, grace, namespace); err != nil {
			return err
		}
	}
}

func (h *Host) onlyPlace(at *mountinfo.Info) error {
	mounts, err := h.mounts("self")
	if err != nil {
		return err
	}
	for _, m := range mounts {
		if m.ID != at.ID && numberOfMount(m) == numberOfMount(at) {
			return &MountedError{m.Mountpoint, numberOfMount(m), "is a second place of what is at " + at.Mountpoint + ": unmount it"}
		}
	}
	return nil
}

func (h *Host) unmount(ctx context.Context, path string, n Number, grace time.Duration) error {
	for {
		err := unix.Unmount(path, unix.UMOUNT_NOFOLLOW)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, unix.EBUSY):
			return fmt.Errorf("unmount %s: %w", path, err)
		}
		if err := h.endAll(ctx, path, n, grace, use...); err != nil {
			return err
		}
		// Whatever the kernel itself does there ends soon.
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return &HeldError{Path: path, Err: err}
		}
	}
}

// endAll ends the holders until there are none.
func (h *Host) endAll(ctx context.Context, path string, n Number, grace time.Duration, ways ...way) error {
	for {
		holders, err := h.holders(n, ways...)
		if err != nil || len(holders) == 0 {
			return err
		}
		if err := h.end(ctx, holders, grace, n, ways); err != nil {
			return &HeldError{Path: path, Holders: holders, Err: err}
		}
	}
}

// errOurs: a process that must not be killed holds the filesystem.
var errOurs = errors.New("that process is not to be killed")

// end asks processes to end, kills those that did not within grace, and waits
// for them.
func (h *Host) end(ctx context.Context, holders []Holder, grace time.Duration, n Number, ways []way) error {
	var left processes
	defer func() { left.close() }()
	for _, holder := range holders {
		if holder.PID == 1 || holder.PID == os.Getpid() {
			return errOurs
		}
		fd, err := unix.PidfdOpen(holder.PID, 0)
		if errors.Is(err, unix.ESRCH) {
			continue
		}
		if err != nil {
			return fmt.Errorf("get hold of process %d: %w", holder.PID, err)
		}
		left = append(left, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
		// The number may be another process's since it was found.
		if !h.holds(holder.PID, n, ways) {
			left = left.without(len(left) - 1)
		}
	}
	for _, next := range []struct {
		signal unix.Signal
		wait   time.Duration
	}{{unix.SIGTERM, grace}, {unix.SIGKILL, time.Hour}} {
		if err := left.signal(next.signal); err != nil {
			return err
		}
		patience, cancel := context.WithTimeout(ctx, next.wait)
		left = left.wait(patience)
		cancel()
		if len(left) == 0 {
			return nil
		}
	}
	return context.Cause(ctx)
}

// sleep waits, or returns the error of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
