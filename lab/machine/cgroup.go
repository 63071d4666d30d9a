package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// A cgroup is a directory of a cgroup v2 filesystem.
type cgroup string

// cgroupRoot is where this host has version 2, alone or beside version 1.
func cgroupRoot() (cgroup, error) {
	found, err := mountinfo.GetMounts(mountinfo.FSTypeFilter("cgroup2"))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("machine: no cgroup2 filesystem is mounted: mount -t cgroup2 none /sys/fs/cgroup/unified")
	}
	return cgroup(found[0].Mountpoint), nil
}

func (g cgroup) make() error { return os.MkdirAll(string(g), 0o755) }

// set writes one of the files that the kernel has in each cgroup.
func (g cgroup) set(file, value string) error {
	return os.WriteFile(filepath.Join(string(g), file), []byte(value), 0o600)
}

// await waits until an event of cgroup.events, "populated" or "frozen", is so.
func (g cgroup) await(ctx context.Context, name string, want bool) error {
	f, err := os.Open(filepath.Join(string(g), "cgroup.events"))
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
		if strings.Contains(string(text[:n]), name+" 1") == want {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("machine: %s: %s is not %v: %w", g, name, want, ctx.Err())
		}
		fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLPRI}}
		if _, err := unix.Poll(fds, int(slice.Milliseconds())); err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// processes are the numbers of those in it.
func (g cgroup) processes() ([]int, error) {
	text, err := os.ReadFile(filepath.Join(string(g), "cgroup.procs"))
	if err != nil {
		return nil, err
	}
	var pids []int
	for line := range strings.Lines(string(text)) {
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			return nil, fmt.Errorf("machine: %s: %w", g, err)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// kill ends every process in it and below.
func (g cgroup) kill() error { return g.set("cgroup.kill", "1") }

// freeze stops every process in it and below, or lets them go on.
func (g cgroup) freeze(ctx context.Context, on bool) error {
	value := "0"
	if on {
		value = "1"
	}
	if err := g.set("cgroup.freeze", value); err != nil {
		return err
	}
	return g.await(ctx, "frozen", on)
}

// remove removes it with those below, whose processes have ended.
func (g cgroup) remove() error {
	entries, err := os.ReadDir(string(g))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, e := range entries {
		if e.IsDir() {
			errs = append(errs, cgroup(filepath.Join(string(g), e.Name())).remove())
		}
	}
	return errors.Join(append(errs, os.Remove(string(g)))...)
}
