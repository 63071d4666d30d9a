package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Create makes the cluster if there is none, and reports whether it did. One
// whose making was cut off is none. Only the command that prepares the first
// backend calls it: a volume that should have a cluster and has none is
// nothing to begin anew on.
func (c *Cluster) Create(ctx context.Context) (created bool, err error) {
	if _, err := os.Stat(filepath.Join(c.Data, versionFile)); err == nil {
		return false, nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return false, fmt.Errorf("look for the cluster: %w", err)
	}
	who, err := c.Credential()
	if err != nil {
		return false, err
	}
	made := c.Data + ".new"
	if err := os.RemoveAll(made); err != nil {
		return false, fmt.Errorf("make the cluster: %w", err)
	}
	if err := errors.Join(os.Mkdir(made, 0o700), chown(made, who)); err != nil {
		return false, fmt.Errorf("make the cluster: %w", err)
	}
	if err := c.initdb(ctx, made, who); err != nil {
		return false, err
	}
	// It replaces at most an empty directory.
	if err := os.Rename(made, c.Data); err != nil {
		return false, fmt.Errorf("make the cluster: %w", err)
	}
	return true, syncDir(filepath.Dir(c.Data))
}

// initdb makes the files, on stable storage. The superuser comes by the socket
// alone and has no password.
func (c *Cluster) initdb(ctx context.Context, dir string, who *syscall.Credential) error {
	cmd := exec.CommandContext(ctx, c.program("initdb"), "--pgdata="+dir, "--username="+Superuser, //nolint:gosec // the distribution's program
		"--encoding=UTF8", "--locale=C", "--data-checksums", "--auth-local=peer", "--auth-host=scram-sha-256", "--no-instructions")
	cmd.Dir, cmd.Env = "/", []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make the cluster: initdb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

func chown(name string, who *syscall.Credential) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(name, int(who.Uid), int(who.Gid))
}

func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
