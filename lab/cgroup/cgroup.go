package cgroup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"

	"tournant/internal/cgroup"
)

// A Group is a directory of a cgroup filesystem. What is said of processes
// that are killed, frozen or waited for is so with version 2 alone.
type Group string

// Root is where this host has version 2, alone or beside version 1.
func Root() (Group, error) {
	found, err := mountinfo.GetMounts(mountinfo.FSTypeFilter("cgroup2"))
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("cgroup: no cgroup2 filesystem is mounted: mount -t cgroup2 none /sys/fs/cgroup/unified")
	}
	return Group(found[0].Mountpoint), nil
}

// Named is where this host has systemd's own hierarchy of version 1 beside version
// 2, or "".
func Named() (Group, error) {
	found, err := mountinfo.GetMounts(mountinfo.FSTypeFilter("cgroup"))
	if err != nil {
		return "", err
	}
	for _, m := range found {
		if slices.Contains(strings.Split(m.VFSOptions, ","), "name=systemd") {
			return Group(m.Mountpoint), nil
		}
	}
	return "", nil
}

// Child is a group in this one.
func (g Group) Child(name string) Group { return Group(filepath.Join(string(g), name)) }

// Make makes the group and those above it.
func (g Group) Make() error { return os.MkdirAll(string(g), 0o755) }

// set writes one of the files that the kernel has in each cgroup.
func (g Group) set(file, value string) error {
	return os.WriteFile(filepath.Join(string(g), file), []byte(value), 0o600)
}

// Await waits until an event of cgroup.events, "populated" or "frozen", is so.
func (g Group) Await(ctx context.Context, name string, want bool) error {
	return cgroup.Await(ctx, string(g), name, want)
}

// Processes are the numbers of those in it: none where it is gone, also since its
// file was opened, which the kernel says otherwise.
func (g Group) Processes() ([]int, error) {
	text, err := os.ReadFile(filepath.Join(string(g), "cgroup.procs"))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENODEV) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var pids []int
	for line := range strings.Lines(string(text)) {
		pid, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			return nil, fmt.Errorf("cgroup: %s: %w", g, err)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// Kill ends every process in it and below.
func (g Group) Kill() error { return g.set("cgroup.kill", "1") }

// Freeze stops every process in it and below, or lets them go on.
func (g Group) Freeze(ctx context.Context, on bool) error {
	value := "0"
	if on {
		value = "1"
	}
	if err := g.set("cgroup.freeze", value); err != nil {
		return err
	}
	return g.Await(ctx, "frozen", on)
}

// Remove removes it with those below, whose processes have ended.
func (g Group) Remove() error {
	entries, err := os.ReadDir(string(g))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, e := range entries {
		if e.IsDir() {
			errs = append(errs, Group(filepath.Join(string(g), e.Name())).Remove())
		}
	}
	return errors.Join(append(errs, os.Remove(string(g)))...)
}
