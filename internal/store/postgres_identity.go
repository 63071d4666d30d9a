package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
)

// ErrReplaced is returned for everything once a new connection has led to
// another database, or to this one after a restore. What is in memory is of
// the old one: the server must be started again.
var ErrReplaced = errors.New("the database is another one than at the start, or was restored")

// errUnchecked is returned for a connection while it cannot be told.
var errUnchecked = errors.New("it cannot be told yet whether the database is the same")

// identity tells on each new connection whether it leads to the database that
// the server started on. Heads alone would not: a backup has lower ones, and an
// address can move to a server that was set up anew.
type identity struct {
	mu       sync.Mutex
	known    string
	replaced chan struct{} // closed when it is another one
	closed   bool
}

// identityText is read without parameters, so that it takes one round trip.
const identityText = `
	SELECT coalesce(string_agg(convert_from(value, 'UTF8'), ' ' ORDER BY name), '')
	FROM setting WHERE name IN ('` + settingDatabaseID + `', '` + SettingRestore + `')`

// check is what a pool runs on a connection before it takes it.
func (i *identity) check(ctx context.Context, conn *pgx.Conn) error {
	i.mu.Lock()
	known := i.known
	i.mu.Unlock()
	if known == "" { // not founded yet
		return nil
	}
	var found string
	err := conn.QueryRow(ctx, identityText, pgx.QueryExecModeSimpleProtocol).Scan(&found)
	switch {
	case err == nil && found != known || code(err) == undefinedTable:
		i.replace()
		err = ErrReplaced
	case code(err) == queryCanceled || code(err) == lockNotAvailable: // a restore holds it
		err = fmt.Errorf("%w: %w", errUnchecked, err)
	}
	if err != nil {
		return errors.Join(err, conn.Close(ctx))
	}
	return nil
}

func (i *identity) replace() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.closed {
		i.closed = true
		close(i.replaced)
	}
}

// learn is called when the database has been founded.
func (d *postgresDatabase) learn(ctx context.Context) error {
	var found string
	if err := d.reads.QueryRowContext(ctx, identityText).Scan(&found); err != nil {
		return fmt.Errorf("read the database's identity: %w", err)
	}
	d.identity.mu.Lock()
	defer d.identity.mu.Unlock()
	d.identity.known = found
	return nil
}

// Replaced is closed when the database turns out to be another one than at the
// start. On SQLite that does not happen.
func (s *Store) Replaced() <-chan struct{} {
	if d, ok := s.db.(*postgresDatabase); ok {
		return d.identity.replaced
	}
	return nil
}
