package machine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// prefix is that of the cgroups of all labs on this host.
const prefix = "tournant-lab"

// cgroupOf names the cgroup of the machine in a directory, so that it can be
// found again after a crash. "-" stands for "/" alone: no directory's name is
// the beginning of that of another, unless it is above it.
func cgroupOf(dir string) string {
	return prefix + strings.NewReplacer("_", "_u", "-", "_d", "/", "-").Replace(filepath.Clean(dir))
}

// Sweep ends what machines in and below dir have left behind on this host, after
// a crash of whoever had them. Their mounts and networks go with the processes.
func Sweep(ctx context.Context, dir string) error {
	groups, err := cgroupRoot()
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(string(groups))
	errs := []error{err}
	for _, e := range entries {
		if name := cgroupOf(dir); e.Name() == name || strings.HasPrefix(e.Name(), name+"-") {
			errs = append(errs, cgroup(filepath.Join(string(groups), e.Name())).clear(ctx))
		}
	}
	return errors.Join(errs...)
}

// clear ends what is in a cgroup and removes it.
func (g cgroup) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := g.kill(); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	return errors.Join(g.await(ctx, "populated", false), g.remove())
}
