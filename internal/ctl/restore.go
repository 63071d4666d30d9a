package ctl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tournant/internal/backup"
	"tournant/internal/datadir"
	"tournant/internal/store"
)

// restoreFlags are the flags of restore.
type restoreFlags struct {
	staging            string
	cleanse            bool
	pgOptions, timeout string
}

func (a *app) restore() *cobra.Command {
	var f restoreFlags
	c := &cobra.Command{
		Use:   "restore FILE [flags]",
		Short: "Put the state in a backup in place of the server's",
		Long: `Put the state in a backup in place of the server's, which must not run. The
backup is checked whole before anything is changed; what it replaces is kept in
the data directory until you delete it. Search indexes are built anew.`,
		Example: "  " + name + " restore chef-backup-2026-01-02-03-04-05.tgz --cleanse",
		Args:    exactly(1, "USAGE: "+name+" restore $PATH_TO_BACKUP_TARBALL [options]"),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := a.dataDir()
			if err != nil {
				return err
			}
			return a.restoreInto(c.Context(), dir, args[0], &f)
		},
	}
	c.Flags().StringVarP(&f.staging, "staging-dir", "d", "", "empty `DIRECTORY` to unpack into (default within the data directory)")
	c.Flags().BoolVarP(&f.cleanse, "cleanse", "c", false, "replace the server's state without being asked")
	c.Flags().StringVar(&f.pgOptions, "pg-options", "", "accepted for scripts")
	c.Flags().StringVarP(&f.timeout, "timeout", "t", "", "accepted for scripts")
	return c
}

func (a *app) restoreInto(ctx context.Context, dir, archive string, f *restoreFlags) (err error) {
	if a.Getenv(DatabaseVariable) != "" {
		return fail("The server's database is PostgreSQL: restore it with pg_restore.")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	lock, err := datadir.TakeLock(dir)
	if errors.Is(err, datadir.ErrInUse) {
		return fail("%s is in use: stop its server first.", dir)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if _, err := os.Stat(filepath.Join(dir, store.FileName)); err == nil {
		if err := a.confirm(f.cleanse, "Do you want to replace the server's state in "+dir); err != nil {
			return err
		}
	}
	p := a.progress()
	replaced, err := backup.Restore(ctx, archive, dir, backup.RestoreOptions{Staging: f.staging, Now: a.Now(), Progress: p.tell})
	p.done()
	if err != nil {
		return err
	}
	a.print("Restored %s", dir)
	if replaced != "" {
		a.note("What it replaced is kept in %s", replaced)
	}
	return nil
}
