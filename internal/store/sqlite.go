package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// FileName is the SQLite database's file in a data directory.
const FileName = "tournant.db"

// sqliteDatabase is a file of our own: one connection writes, others read.
type sqliteDatabase struct {
	write sync.Mutex // SQLite has one writer; waiting here is fair, its lock is not
	rw    *sql.Conn
	rwDB  *sql.DB
	ro    *sql.DB
	dir   string

	checkpoints *checkpointer

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

func openSQLite(ctx context.Context, dir string) (_ *sqliteDatabase, err error) {
	file := filepath.Join(dir, FileName)
	if err := makePrivate(file); err != nil {
		return nil, err
	}
	d := &sqliteDatabase{dir: dir, statements: map[statement]*sql.Stmt{}}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open database %s: %w", file, err), d.closePools())
		}
	}()
	if d.rwDB, err = openWriter(ctx, file); err != nil {
		return nil, err
	}
	if d.rw, err = d.rwDB.Conn(ctx); err != nil {
		return nil, err
	}
	if d.ro, err = sql.Open("sqlite", dsn(file, "ro", "&_pragma=query_only(1)")); err != nil {
		return nil, err
	}
	d.ro.SetMaxOpenConns(readers)
	d.ro.SetMaxIdleConns(readers)
	if d.checkpoints, err = openCheckpointer(ctx, file); err != nil {
		return nil, err
	}
	d.startCheckpoints()
	return d, nil
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

// sqliteTables tells whether a database has any of our tables.
const sqliteTables = "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'setting'"

// openWriter opens the database for the one connection that writes, and makes
// the tables of a new one.
func openWriter(ctx context.Context, file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(file, "rwc", "&_txlock=immediate&_pragma=wal_autocheckpoint(0)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	err = prepare(ctx, db, sqliteTables, func() error { return migrateSQLite(ctx, db) })
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func migrateSQLite(ctx context.Context, db *sql.DB) error {
	return migrate(ctx, db, goose.DialectSQLite3, sqliteMigrations)
}

// Upgrade brings the SQLite database in dir to the schema of this release,
// and returns what it had and what it has. No server may use it meanwhile. A
// database that nobody has used yet is ErrNotFound.
func Upgrade(ctx context.Context, dir string) (from, to Schema, err error) {
	file := filepath.Join(dir, FileName)
	db, err := sql.Open("sqlite", dsn(file, "rw", "&_txlock=immediate"))
	if err != nil {
		return from, to, fmt.Errorf("open database %s: %w", file, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	return upgrade(ctx, db, sqliteTables, func() error { return migrateSQLite(ctx, db) })
}

// dsn names the database with the settings that make an acknowledged write
// survive a power cut: FULL syncs the log at each commit.
func dsn(file, mode, more string) string {
	return "file:" + escapePath(file) + "?mode=" + mode +
		"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)" +
		"&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)" + more
}

// escapePath spells a path so that SQLite reads nothing of it as a parameter.
func escapePath(file string) string { return (&url.URL{Path: file}).EscapedPath() }

// close waits for the write under way.
func (d *sqliteDatabase) close() error {
	d.checkpoints.stop()
	<-d.checkpoints.done
	d.write.Lock()
	defer d.write.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	// SQLite keeps a connection, and the log, for as long as it has statements.
	errs := []error{d.checkpoints.close()}
	for _, stmt := range d.statements {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, d.closePools())...)
}

func (d *sqliteDatabase) closePools() error {
	var errs []error
	if d.ro != nil {
		errs = append(errs, d.ro.Close())
	}
	if d.rw != nil {
		errs = append(errs, d.rw.Close())
	}
	if d.rwDB != nil {
		errs = append(errs, d.rwDB.Close())
	}
	return errors.Join(errs...)
}

// ping tells also if the log cannot be copied.
func (d *sqliteDatabase) ping(ctx context.Context) error {
	return errors.Join(d.ro.PingContext(ctx), d.checkpoints.failed())
}

func (d *sqliteDatabase) schema(ctx context.Context) (version int64, err error) {
	err = d.queryRow(ctx, schemaVersion, nil, &version)
	return version, err
}

func (d *sqliteDatabase) checkIntegrity(ctx context.Context) error { return checkIntegrity(ctx, d.ro) }

func (d *sqliteDatabase) meaning(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return ErrExists
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return ErrOvertaken
	}
	return nil
}

// forget has nothing to do, see begin.
func (d *sqliteDatabase) forget(context.Context) error { return nil }

// passing is never: nobody writes at the same time.
func (d *sqliteDatabase) passing(error) bool { return false }
