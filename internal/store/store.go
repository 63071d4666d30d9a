// Package store keeps everything a Chef server knows in one SQL database, and
// is the only package that writes SQL. See DESIGN.md for the invariants.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver
)

//go:embed migrations
var migrations embed.FS

// ErrNotFound is returned when what was asked for is not there. Callers word
// it for the client, because each route has a wording of its own.
var ErrNotFound = errors.New("not found")

// ErrExists is returned when a name is taken.
var ErrExists = errors.New("exists already")

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
	write sync.Mutex // SQLite has one writer; waiting here is fair, its lock is not
	rw    *sql.Conn
	rwDB  *sql.DB
	ro    *sql.DB

	checkpoints *checkpointer
	scans       chan struct{} // holds one for each scan under way

	mu         sync.RWMutex
	statements map[statement]*sql.Stmt
}

type statement struct {
	db   preparer
	text string
}

// preparer is the pool of readers or the one connection that writes.
type preparer interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
}

// FileName is the database's file in a data directory.
const FileName = "tournant.db"

// Open opens the SQLite database in dir, making it if it is not there, and
// brings its schema up to date.
func Open(ctx context.Context, dir string, opts Options) (*Store, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	file := filepath.Join(dir, FileName)
	if err := makePrivate(file); err != nil {
		return nil, err
	}
	rw, err := openWriter(ctx, file)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", file, err)
	}
	conn, err := rw.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", file, err), rw.Close())
	}
	ro, err := sql.Open("sqlite", dsn(file, "ro", "&_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", file, err), conn.Close(), rw.Close())
	}
	ro.SetMaxOpenConns(readers)
	ro.SetMaxIdleConns(readers)
	checkpoints, err := openCheckpointer(ctx, file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", file, err), ro.Close(), conn.Close(), rw.Close())
	}
	s := &Store{
		opts: opts, rw: conn, rwDB: rw, ro: ro, checkpoints: checkpoints,
		scans: make(chan struct{}, maxScans), statements: map[statement]*sql.Stmt{},
	}
	s.startCheckpoints()
	return s, nil
}

// makePrivate makes a database file that only its owner can read; the log
// beside it inherits the mode.
func makePrivate(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return f.Close()
}

// openWriter opens the database for the one connection that writes, with its
// schema up to date.
func openWriter(ctx context.Context, file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(file, "rwc", "&_txlock=immediate&_pragma=wal_autocheckpoint(0)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// readers bounds the read connections. Reads are short and the driver holds
// about a megabyte a connection.
const readers = 8

// maxScans is how many of them scans of whole organizations may hold, which
// take long and come together when all indexes are built anew.
const maxScans = 2

// dsn names the database with the settings that make an acknowledged write
// survive a power cut: FULL syncs the log at each commit.
func dsn(file, mode, more string) string {
	return "file:" + escapePath(file) + "?mode=" + mode +
		"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)" +
		"&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)" + more
}

// escapePath spells a path so that SQLite reads nothing of it as a parameter.
func escapePath(file string) string { return (&url.URL{Path: file}).EscapedPath() }

func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return fmt.Errorf("find migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

// Close waits for the write under way and closes the database.
func (s *Store) Close() error {
	s.checkpoints.stop()
	<-s.checkpoints.done
	s.write.Lock()
	defer s.write.Unlock()
	// SQLite keeps a connection, and the log, for as long as it has statements.
	errs := []error{s.checkpoints.close()}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.statements {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, s.ro.Close(), s.rw.Close(), s.rwDB.Close())...)
}

// Ping asks the database for an answer, and tells if its log cannot be copied.
func (s *Store) Ping(ctx context.Context) error {
	return errors.Join(s.ro.PingContext(ctx), s.checkpoints.failed())
}

func (s *Store) now() time.Time { return s.opts.Now().UTC() }

// prepared returns the statement, compiled once a connection.
func (s *Store) prepared(ctx context.Context, db preparer, text string) (*sql.Stmt, error) {
	key := statement{db, text}
	s.mu.RLock()
	stmt := s.statements[key]
	s.mu.RUnlock()
	if stmt != nil {
		return stmt, nil
	}
	stmt, err := db.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", text, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.statements[key]; other != nil {
		return other, stmt.Close()
	}
	s.statements[key] = stmt
	return stmt, nil
}

// query runs a read. Reads are not cancelled midway: the driver would spend
// more on watching the context than a read takes.
func (s *Store) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	ctx = context.WithoutCancel(ctx)
	stmt, err := s.prepared(ctx, s.ro, text)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("query %q: %w", text, err)
	}
	return rows, nil
}

// queryRow runs a read of one row; no row is ErrNotFound.
func (s *Store) queryRow(ctx context.Context, text string, args []any, dest ...any) error {
	ctx = context.WithoutCancel(ctx)
	stmt, err := s.prepared(ctx, s.ro, text)
	if err != nil {
		return err
	}
	return scanRow(stmt.QueryRowContext(ctx, args...), text, dest)
}

func scanRow(row *sql.Row, text string, dest []any) error {
	err := row.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("query %q: %w", text, err)
	}
	return nil
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
