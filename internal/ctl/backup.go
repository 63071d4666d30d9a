package ctl

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tournant/internal/backup"
)

// backupFlags are the flags of backup; those of the original that have nothing
// to steer here are accepted and told of.
type backupFlags struct {
	output             string
	configOnly, yes    bool
	pgOptions, timeout string
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
		RunE: func(c *cobra.Command, _ []string) error {
			for flag, value := range map[string]string{"--pg-options": f.pgOptions, "--timeout": f.timeout} {
				if value != "" {
					a.note("Ignoring %s: the database is part of this server.", flag)
				}
			}
			dir, err := a.data()
			if err != nil {
				return err
			}
			if !f.configOnly {
				url, err := a.place(dir)
				if err != nil {
					return err
				}
				if url != "" {
					return fail("The server's database is PostgreSQL: copy it with pg_dump, and the keys with --config-only.")
				}
			}
			return a.writeBackup(c.Context(), dir, &f)
		},
	}
	c.Flags().StringVarP(&f.output, "output", "o", "", "`FILE` to write, or directory to write it to (default the current one)")
	c.Flags().BoolVarP(&f.configOnly, "config-only", "c", false, "keys and certificate only, no data")
	c.Flags().BoolVarP(&f.yes, "yes", "y", false, "accepted for scripts: nothing goes offline")
	c.Flags().StringVar(&f.pgOptions, "pg-options", "", "accepted for scripts")
	c.Flags().StringVarP(&f.timeout, "timeout", "t", "", "accepted for scripts")
	return c
}

func (a *app) writeBackup(ctx context.Context, dir string, f *backupFlags) error {
	now := a.Now()
	file, err := filepath.Abs(f.output)
	if err != nil {
		return fmt.Errorf("find %s: %w", f.output, err)
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		file = filepath.Join(file, "chef-backup-"+now.UTC().Format("2006-01-02-15-04-05")+".tgz")
	}
	p := a.progress()
	err = backup.Write(ctx, dir, file, backup.Options{
		Version: a.Version, Now: now, ConfigOnly: f.configOnly, Progress: p.tell,
	})
	p.done()
	if err != nil {
		return err
	}
	a.print("%s", file)
	return nil
}
