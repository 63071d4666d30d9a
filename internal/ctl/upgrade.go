package ctl

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tournant/internal/backup"
	"tournant/internal/datadir"
	"tournant/internal/store"
)

func (a *app) upgrade() *cobra.Command {
	return &cobra.Command{
		Use:   "upgrade",
		Short: "Bring the database to the schema of this release",
		Long: `Bring the database to the schema of this release. Servers never do it, because
others of the release before may be using it: install this release on every
host, then run this on one. On PostgreSQL the servers go on meanwhile; a server
on SQLite must be stopped. Run again it changes nothing.`,
		Example: "  " + name + " upgrade",
		Args:    none,
		RunE:    func(c *cobra.Command, _ []string) error { return a.upgradeDatabase(c.Context()) },
	}
}

func (a *app) upgradeDatabase(ctx context.Context) error {
	dir, err := a.data()
	if err != nil {
		return err
	}
	url, err := a.place(dir)
	if err != nil {
		return err
	}
	var from, to store.Schema
	if url != "" {
		from, to, err = store.UpgradePostgres(ctx, url)
	} else {
		from, to, err = upgradeFile(ctx, dir)
	}
	switch {
	case errors.Is(err, datadir.ErrInUse):
		return fail("%s is in use: stop its server first. On SQLite nobody else may use the database meanwhile.", dir)
	case err != nil:
		return err
	case from.Version > from.Release:
		a.print("The database has schema %d, of the release to come. There is nothing to do.", from.Version)
	case from == to:
		a.print("The database has schema %d already. There is nothing to do.", to.Version)
	default:
		a.print("Upgraded the database from schema %d to %d.", from.Version, to.Version)
	}
	return nil
}

func upgradeFile(ctx context.Context, dir string) (from, to store.Schema, err error) {
	lock, err := datadir.TakeLock(dir)
	if err != nil {
		return from, to, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if err := backup.Finish(dir); err != nil { // of a restore that was cut short
		return from, to, err
	}
	return store.Upgrade(ctx, dir)
}
