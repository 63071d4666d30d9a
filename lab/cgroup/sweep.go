package cgroup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// prefix is that of the groups of all labs on this host.
const prefix = "tournant-lab"

// nameOf is a directory's as the name of a group. "-" stands for "/" alone: no
// directory's name is the beginning of that of another, unless it is above it.
func nameOf(dir string) string {
	return prefix + strings.NewReplacer("_", "_u", "-", "_d", "/", "-").Replace(filepath.Clean(dir))
}

// Of is the group of the machine in a directory, by which it is found again after
// a crash.
func (g Group) Of(dir string) Group { return g.Child(nameOf(dir)) }

// Below are the groups of machines in and below dir.
func (g Group) Below(dir string) ([]Group, error) {
	entries, err := os.ReadDir(string(g))
	if err != nil {
		return nil, err
	}
	var found []Group
	for _, e := range entries {
		if name := nameOf(dir); e.Name() == name || strings.HasPrefix(e.Name(), name+"-") {
			found = append(found, g.Child(e.Name()))
		}
	}
	return found, nil
}

// Sweep ends what machines in and below dir have left behind on this host, after
// a crash of whoever had them, and removes their groups. Their mounts and
// networks go with the processes.
func Sweep(ctx context.Context, dir string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	found, err := root.Below(dir)
	errs := []error{err}
	for _, g := range found {
		errs = append(errs, g.clear(ctx))
	}
	named, err := Named()
	if err != nil || named == "" {
		return errors.Join(append(errs, err)...)
	}
	found, err = named.Below(dir)
	errs = append(errs, err)
	for _, g := range found {
		errs = append(errs, g.Remove())
	}
	return errors.Join(errs...)
}

// clear ends what is in the group and removes it.
func (g Group) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := g.Kill(); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	return errors.Join(g.Await(ctx, "populated", false), g.Remove())
}
