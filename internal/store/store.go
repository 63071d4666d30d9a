// Package store keeps everything a Chef server knows in one SQL database, and
// is the only package that writes SQL. See DESIGN.md for the invariants.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ErrNotFound is returned when what was asked for is not there. Callers word
// it for the client, because each route has a wording of its own.
var ErrNotFound = errors.New("not found")

// ErrExists is returned when a name is taken.
var ErrExists = errors.New("exists already")

// ErrNotHere is returned for what a Store cannot do on its database. The error
// says what to do instead.
var ErrNotHere = errors.New("not on this database")

// Options are what Open takes besides a place.
type Options struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	// Committed, if set, is called after each commit that advanced the object
	// head of org, with the documents it stored. It must not block.
	Committed func(org int64, written []Written)
}

// Written is a document that a commit stored.
type Written struct {
	Seq    int64
	Object Object
	Plain  []byte
}

// Store is one database. All its methods may be called at once.
type Store struct {
	opts  Options
	db    database
	scans chan struct{} // holds one for each scan under way
}

// Open opens the SQLite database in dir, making it if it is not there, and
// brings its schema up to date.
func Open(ctx context.Context, dir string, opts Options) (*Store, error) {
	db, err := openSQLite(ctx, dir)
	if err != nil {
		return nil, err
	}
	return newStore(db, opts), nil
}

// OpenPostgres opens the PostgreSQL database at a postgres:// URL, which must
// be there, and brings its schema up to date. Any number of servers may do so.
func OpenPostgres(ctx context.Context, url string, opts Options) (*Store, error) {
	db, err := openPostgres(ctx, url)
	if err != nil {
		return nil, err
	}
	return newStore(db, opts), nil
}

func newStore(db database, opts Options) *Store {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Store{opts: opts, db: db, scans: make(chan struct{}, maxScans)}
}

// readers bounds the read connections. Reads are short, SQLite's driver holds
// about a megabyte a connection, and PostgreSQL a process.
const readers = 8

// maxScans is how many of them scans of whole organizations may hold, which
// take long and come together when all indexes are built anew.
const maxScans = 2

// Close waits for the write under way and closes the database.
func (s *Store) Close() error { return s.db.close() }

// Ping asks the database for an answer, and tells if it cannot go on for long.
func (s *Store) Ping(ctx context.Context) error { return s.db.ping(ctx) }

// Checkpoint copies what has been committed from the log into SQLite's file;
// PostgreSQL sees to that itself. It waits for no reader and holds up no write,
// unless the log has grown beyond all measure. Whoever writes much calls it in
// between.
func (s *Store) Checkpoint(ctx context.Context) error { return s.db.checkpoint(ctx) }

// CheckIntegrity checks every page of the database. One that is not sound is
// ErrDamaged. PostgreSQL has tools of its own for that: ErrNotHere.
func (s *Store) CheckIntegrity(ctx context.Context) error { return s.db.checkIntegrity(ctx) }

func (s *Store) now() time.Time { return s.opts.Now().UTC() }

// query runs a read. Reads are not cancelled midway: the drivers would spend
// more on watching the context than a read takes.
func (s *Store) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return queryRows(ctx, s.db, text, args)
}

// queryRow runs a read of one row; no row is ErrNotFound.
func (s *Store) queryRow(ctx context.Context, text string, args []any, dest ...any) error {
	err := s.db.queryRow(whole(ctx), text, args, dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("query %q: %w", text, err)
	}
	return nil
}

func queryRows(ctx context.Context, r reader, text string, args []any) (*sql.Rows, error) {
	rows, err := r.query(whole(ctx), text, args...)
	if err != nil {
		return nil, fmt.Errorf("query %q: %w", text, err)
	}
	return rows, nil
}

// collect scans every row with scan and closes rows.
func collect[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("scan: %w", err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
