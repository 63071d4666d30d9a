package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

const lockFile = "postmaster.pid"

// Unlock removes what says that a server runs over the cluster, unless a process
// of it lives on this host. Only who alone has the volume may call it, before a
// start. PostgreSQL removes a lock whose process is gone itself, but not an empty
// one, as a power cut within milliseconds of a start leaves it, nor one with a
// number that another process of its user has here: it would never start again.
func (c *Cluster) Unlock() error {
	name := filepath.Join(c.Data, lockFile)
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	lives, err := c.lives()
	if err != nil || lives {
		return err
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what a PostgreSQL that is gone left: %w", err)
	}
	return nil
}

// lives tells whether any process of PostgreSQL's user on this host has the
// cluster's directory as its working directory, as all of a server have. What
// cannot be known is an error.
func (c *Cluster) lives() (bool, error) {
	here, err := os.Stat(c.Data)
	if err != nil {
		return false, fmt.Errorf("look for processes of PostgreSQL: %w", err)
	}
	who, err := c.Credential()
	if err != nil {
		return false, err
	}
	processes, err := os.ReadDir("/proc")
	if err != nil {
		return false, fmt.Errorf("look for processes of PostgreSQL: %w", err)
	}
	for _, p := range processes {
		if _, err := strconv.Atoi(p.Name()); err != nil {
			continue
		}
		process, err := os.Stat(filepath.Join("/proc", p.Name()))
		if err != nil || process.Sys().(*syscall.Stat_t).Uid != who.Uid {
			continue // it ended, or is another's
		}
		there, err := os.Stat(filepath.Join("/proc", p.Name(), "cwd"))
		switch {
		case errors.Is(err, fs.ErrPermission):
			return false, fmt.Errorf("look for processes of PostgreSQL: %w", err)
		case err == nil && os.SameFile(there, here):
			return true, nil
		}
	}
	return false, nil
}
