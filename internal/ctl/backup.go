package ctl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tournant/internal/backup"
	"tournant/internal/datadir"
	"tournant/internal/store/pgdump"
)

// backupFlags are the flags of backup.
type backupFlags struct {
	postgresFlags
	output          string
	configOnly, yes bool
}

// postgresFlags are for PostgreSQL's own programs.
type postgresFlags struct {
	options string
	timeout int
}

func (f *postgresFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.options, "pg-options", "", "`OPTIONS` for PostgreSQL's programs, as in '-c statement_timeout=3600000'")
	c.Flags().IntVarP(&f.timeout, "timeout", "t", 0, "`SECONDS` that each of PostgreSQL's programs may take (default as long as it takes)")
}

// postgres returns the server's database if that is PostgreSQL, else nil.
func (a *app) postgres(url string, f *postgresFlags) (*pgdump.Database, error) {
	if f.timeout < 0 {
		return nil, fail("--timeout %d: give seconds, or leave it out for as long as it takes.", f.timeout)
	}
	if url == "" {
		if f.options != "" || f.timeout > 0 {
			a.note("Ignoring --pg-options and --timeout: the server's database is SQLite.")
		}
		return nil, nil //nolint:nilnil // that there is none is no error
	}
	d, err := pgdump.At(url)
	if err != nil {
		return nil, err
	}
	d.Options, d.Timeout = f.options, time.Duration(f.timeout)*time.Second
	return d, nil
}

func (a *app) backup() *cobra.Command {
	var f backupFlags
	c := &cobra.Command{
		Use:   "backup [flags]",
		Short: "Copy the server's state into one file, while it runs",
		Long: `Copy the server's state into one file, while it runs: the database as of one
moment, the keys and the certificate. The path of the file is printed. It holds
private keys: only its owner can read it.`,
		Example: "  " + name + " backup -o /var/backups",
		Args:    none,
		RunE:    func(c *cobra.Command, _ []string) error { return a.writeBackup(c.Context(), &f) },
	}
	c.Flags().StringVarP(&f.output, "output", "o", "", "`FILE` to write, or directory to write it to (default the current one)")
	c.Flags().BoolVarP(&f.configOnly, "config-only", "c", false, "keys and certificate only, no data")
	c.Flags().BoolVarP(&f.yes, "yes", "y", false, "accepted for scripts: nothing goes offline")
	f.add(c)
	return c
}

func (a *app) writeBackup(ctx context.Context, f *backupFlags) error {
	dir, err := a.data()
	if err != nil {
		return err
	}
	o := backup.Options{Version: a.Version, Now: a.Now(), ConfigOnly: f.configOnly}
	if !f.configOnly {
		url, err := a.place(dir)
		if err != nil {
			return err
		}
		if o.Postgres, err = a.postgres(url, &f.postgresFlags); err != nil {
			return err
		}
	}
	file, err := filepath.Abs(f.output)
	if err != nil {
		return fmt.Errorf("find %s: %w", f.output, err)
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		file = filepath.Join(file, "chef-backup-"+o.Now.UTC().Format("2006-01-02-15-04-05")+".tgz")
	}
	p := a.progress()
	o.Progress = p.tell
	err = backup.Write(ctx, dir, file, o)
	p.done()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, datadir.SuperuserKey)); errors.Is(err, fs.ErrNotExist) {
		a.note("WARN: %s has no %s: the backup is without the superuser's key. Run this on the host that has it too.", dir, datadir.SuperuserKey)
	}
	a.print("%s", file)
	return nil
}
