package ctl

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tournant/internal/backup"
	"tournant/internal/datadir"
	"tournant/internal/storage"
	"tournant/internal/store/pgdump"
)

// restoreFlags are the flags of restore.
type restoreFlags struct {
	postgresFlags
	staging string
	cleanse bool
}

func (a *app) restore() *cobra.Command {
	var f restoreFlags
	c := &cobra.Command{
		Use:   "restore FILE [flags]",
		Short: "Put the state in a backup in place of the server's",
		Long: `Put the state in a backup in place of the server's, which must not run, nor any
other on the same PostgreSQL database. The backup is checked whole before anything
is changed; what it replaces is kept until you delete it: files in the data
directory, tables in a schema of their own. Search indexes are built anew.`,
		Example: "  " + name + " restore chef-backup-2026-01-02-03-04-05.tgz --cleanse",
		Args:    exactly(1, "USAGE: "+name+" restore $PATH_TO_BACKUP_TARBALL [options]"),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := a.restored()
			if err != nil {
				return err
			}
			if err := a.restoreInto(c.Context(), dir, args[0], &f); err != nil || a.dataFlag != "" {
				return err
			}
			return a.replaceKey(dir)
		},
	}
	c.Flags().StringVarP(&f.staging, "staging-dir", "d", "", "empty `DIRECTORY` to unpack into (default within the data directory)")
	c.Flags().BoolVarP(&f.cleanse, "cleanse", "c", false, "replace the server's state without being asked")
	f.add(c)
	return c
}

// restored is the directory that keys are restored into. On a backend it is on the
// volume: without that they would end up beneath the mount point, while the
// database at the VIP is replaced from anywhere.
func (a *app) restored() (string, error) {
	dir, err := a.dataDir()
	if err != nil || !a.isBackend() {
		return dir, err
	}
	c, err := a.readConfig("")
	if err != nil {
		return "", err
	}
	if mounted, err := storage.MountedAt(c.HA.Path); err != nil || mounted {
		return dir, err
	}
	return "", fail("The volume is not mounted at %s on this backend: run the command on the primary, which `%s ha-status` names.", c.HA.Path, name)
}

func (a *app) restoreInto(ctx context.Context, dir, archive string, f *restoreFlags) (err error) {
	url, err := a.database()
	if err != nil {
		return err
	}
	o := backup.RestoreOptions{Staging: f.staging, Now: a.Now()}
	if o.Postgres, err = a.postgres(url, &f.postgresFlags); err != nil {
		return err
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
	if err := a.confirmRestore(ctx, dir, o.Postgres, f.cleanse); err != nil {
		return err
	}
	p := a.progress()
	o.Progress = p.tell
	kept, err := backup.Restore(ctx, archive, dir, o)
	p.done()
	if errors.Is(err, pgdump.ErrUncertain) {
		return fail("ERROR: %v\nPostgreSQL went away at the very end. Start the server: it finds out, and completes the restore in %s if it happened.", err, dir)
	}
	if err != nil {
		return err
	}
	a.tellRestored(dir, o.Postgres, kept)
	return nil
}

// confirmRestore asks if there is something to replace.
func (a *app) confirmRestore(ctx context.Context, dir string, database *pgdump.Database, yes bool) error {
	if database != nil {
		target, err := database.Inspect(ctx)
		if err != nil || !target.Founded {
			return err
		}
		return a.confirm(yes, fmt.Sprintf("Do you want to replace the servers' state in the PostgreSQL database %s, and the keys in %s", database, dir))
	}
	if !hasFile(dir) {
		return nil
	}
	return a.confirm(yes, "Do you want to replace the server's state in "+dir)
}

func (a *app) tellRestored(dir string, database *pgdump.Database, kept backup.Replaced) {
	if database != nil {
		a.print("Restored %s, and the keys in %s", database, dir)
	} else {
		a.print("Restored %s", dir)
	}
	if kept.Dir != "" {
		a.note("What it replaced is kept in %s", kept.Dir)
	}
	if kept.Schema != "" {
		a.note("The tables that it replaced are kept in the same database until you delete them: DROP SCHEMA %s CASCADE", kept.Schema)
	}
}
