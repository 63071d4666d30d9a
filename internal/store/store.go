// Package store keeps everything a Chef server knows in one SQL database, and
// is the only package that writes SQL. See DESIGN.md for the invariants.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// ErrNotFound is returned when what was asked for is not there. Callers word
// it for the client, because each route has a wording of its own.
var ErrNotFound = errors.New("not found")

// ErrExists is returned when a name is taken.
var ErrExists = errors.New("exists already")

// ErrNotFounded is returned for a database that another server must found first.
var ErrNotFounded = errors.New("the database is empty, and this server is not the one to found it: the primary backend does when it starts")

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

	// FailoverWait is how long what PostgreSQL cannot answer waits for it; 0 is
	// DefaultFailoverWait. Then it is chef.Unavailable.
	FailoverWait time.Duration

	// Founded has OpenPostgres found nothing: a database that nobody has founded is
	// waited for like one that does not answer, and is ErrNotFounded in the end.
	Founded bool

	// Connections is how many a server has to PostgreSQL at most, half of them to
	// write; 0 is DefaultConnections, and there are LeastConnections in any case.
	Connections int

	// Log hears when PostgreSQL is away and back; nil is nobody.
	Log *slog.Logger
}

// DefaultFailoverWait is longer than a failover takes.
const DefaultFailoverWait = 60 * time.Second

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.FailoverWait == 0 {
		o.FailoverWait = DefaultFailoverWait
	}
	if o.Connections == 0 {
		o.Connections = DefaultConnections
	}
	o.Connections = max(LeastConnections, o.Connections)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Written is a document that a commit stored.
type Written struct {
	Seq    int64
	Object Object
	Plain  []byte
}

// Store is one database. All its methods may be called at once.
type Store struct {
	opts   Options
	db     database
	outage *outage // nil on SQLite, which is never away
	writes writeStats
	scans  chan struct{} // holds one for each scan under way
}

// Open opens the SQLite database in dir, making it if it is not there. One that
// is there keeps its schema; if this release does not work on that, the error
// is a SchemaError.
func Open(ctx context.Context, dir string, opts Options) (*Store, error) {
	db, err := openSQLite(ctx, dir)
	if err != nil {
		return nil, err
	}
	s := newStore(db, opts)
	s.tellSchema(ctx)
	return s, nil
}

// OpenPostgres opens the PostgreSQL database at a postgres:// URL, which must
// be there, and makes its tables if it is empty; else as Open. Any number of
// servers may do so. One that does not answer is waited for, and so is one that
// another server is to found: see Options.Founded.
func OpenPostgres(ctx context.Context, url string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	db, err := awaitPostgres(ctx, url, opts)
	if err != nil {
		return nil, err
	}
	s := newStore(db, opts)
	s.outage = newOutage(db, opts)
	s.tellSchema(ctx)
	return s, nil
}

func newStore(db database, opts Options) *Store {
	return &Store{opts: opts.withDefaults(), db: db, scans: make(chan struct{}, maxScans)}
}

// readers bounds SQLite's read connections. Reads are short, and its driver
// holds about a megabyte a connection.
const readers = 8

// maxScans is how many connections that read scans of whole organizations may
// hold, which take long and come together when all indexes are built anew.
const maxScans = 2

// Close waits for the write under way and closes the database.
func (s *Store) Close() error {
	if s.outage != nil {
		s.outage.close()
	}
	return s.db.close()
}

// Ping asks the database for an answer, and tells if it cannot go on for long:
// also because of its schema. It does not wait for one that is known to be
// away: chef.Unavailable.
func (s *Store) Ping(ctx context.Context) error {
	if s.outage != nil {
		if _, end := s.outage.state(); end != nil {
			return unavailable(errShut)
		}
	}
	if err := s.db.ping(ctx); err != nil {
		return err
	}
	_, err := s.Schema(ctx)
	return err
}

// Checkpoint copies what has been committed from the log into SQLite's file;
// PostgreSQL sees to that itself. It waits for no reader and holds up no write,
// unless the log has grown beyond all measure. Whoever writes much calls it in
// between.
func (s *Store) Checkpoint(ctx context.Context) error { return s.db.checkpoint(ctx) }

// CheckIntegrity checks every page of the database. One that is not sound is
// ErrDamaged. PostgreSQL has tools of its own for that: ErrNotHere.
func (s *Store) CheckIntegrity(ctx context.Context) error { return s.db.checkIntegrity(ctx) }

// Holding is what waits for PostgreSQL to come back.
type Holding struct {
	Requests int   // now
	Rerun    int64 // writes that were run again so far
}

// Holding tells what waits. On SQLite nothing ever does.
func (s *Store) Holding() Holding {
	if s.outage == nil {
		return Holding{}
	}
	return s.outage.holding()
}

func (s *Store) now() time.Time { return s.opts.Now().UTC() }

// patiently does what can be done any number of times, also while the database
// is away for a moment.
func (s *Store) patiently(ctx context.Context, do func() error) error {
	if s.outage == nil {
		return do()
	}
	return s.outage.run(task{do: do, turn: s.outage.reading, left: ctx.Done, size: bodySize(ctx)})
}

// queryRow runs a read of one row; no row is ErrNotFound.
func (s *Store) queryRow(ctx context.Context, text string, args []any, dest ...any) error {
	err := s.patiently(ctx, func() error { return s.db.queryRow(whole(ctx), text, args, dest...) })
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("query %q: %w", text, err)
	}
	return nil
}
