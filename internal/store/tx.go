package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tournant/internal/chef"
)

// headKind tells the two change logs of an organization apart.
type headKind int

const (
	objectHead headKind = iota // what search follows
	authzHead                  // what authentication and authorization cache
)

// ErrReadOnly is returned by Write under a context that ReadOnly made.
var ErrReadOnly = errors.New("nothing may be written here")

// ErrOvertaken is returned when what a write was decided on has changed since:
// the caller decides anew. Any write may run into it, because what its rows
// refer to may be deleted.
var ErrOvertaken = errors.New("overtaken by another change")

type readOnly struct{}

// ReadOnly returns a context under which Write changes nothing: what a request
// would run into can be told without doing it.
func ReadOnly(ctx context.Context) context.Context {
	return context.WithValue(ctx, readOnly{}, true)
}

// Tx is a write under way. Its methods are those of the nouns' files.
type Tx struct {
	store   *Store
	now     time.Time
	changes []change
	written []Written
}

type change struct {
	org     int64
	kind    headKind
	typ     string
	parent  string
	name    string
	id      int64
	deleted bool
	object  *Object // with plain, what to tell Options.Committed
	plain   []byte
}

// Write runs fn in a transaction and commits it with the changes that fn
// noted: all of it happens or none. An error from fn is returned as it is.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	if ctx.Value(readOnly{}) != nil {
		return ErrReadOnly
	}
	s.write.Lock()
	defer s.write.Unlock()
	ctx = whole(ctx)
	tx := &Tx{store: s, now: s.now()}
	if _, err := s.rw.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	ended := false
	defer func() {
		if !ended { // fn panicked: the next write must not find its transaction
			_ = s.rollback(ctx)
		}
	}()
	err := tx.run(ctx, fn)
	ended = true
	if err != nil {
		return errors.Join(err, s.rollback(ctx))
	}
	s.checkpoints.committed()
	tx.tell()
	return nil
}

// whole is ctx without its end. Once begun a write is finished: a client that
// hangs up must not decide halfway whether it happened.
func whole(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

func (tx *Tx) run(ctx context.Context, fn func(*Tx) error) error {
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.advanceHeads(ctx); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback undoes the transaction under way. SQLite has done so itself after
// some errors, which is no error here.
func (s *Store) rollback(ctx context.Context) error {
	_, err := s.rw.ExecContext(ctx, "ROLLBACK")
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_ERROR {
		return nil
	}
	return err
}

// note records that the transaction changed something. Heads advance last, so
// that the locks they take are held shortest.
func (tx *Tx) note(c change) { tx.changes = append(tx.changes, c) }

// noteAuthz records what authorization caches. A group counts in the server's
// log too, which all organizations follow: it can be in groups of any of them.
func (tx *Tx) noteAuthz(org int64, typ, name string) {
	tx.note(change{org: org, kind: authzHead, typ: typ, name: name})
	if typ == string(chef.TypeGroup) && org != Server {
		tx.note(change{org: Server, kind: authzHead, typ: typ, name: name})
	}
}

func (tx *Tx) advanceHeads(ctx context.Context) error {
	for i := range tx.changes {
		c := &tx.changes[i]
		var seq int64
		err := tx.queryRow(ctx, `
			INSERT INTO head (org_id, kind, seq) VALUES (?, ?, 1)
			ON CONFLICT (org_id, kind) DO UPDATE SET seq = head.seq + 1 RETURNING seq`,
			[]any{c.org, c.kind}, &seq)
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, `
			INSERT INTO change (org_id, kind, seq, type, parent, name, object_id, deleted, at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			c.org, c.kind, seq, c.typ, c.parent, c.name, c.id, c.deleted, tx.now.Unix())
		if err != nil {
			return err
		}
		if c.object != nil {
			tx.written = append(tx.written, Written{Seq: seq, Object: *c.object, Plain: c.plain})
		}
	}
	return nil
}

// tell announces the object heads that the commit advanced.
func (tx *Tx) tell() {
	if tx.store.opts.Committed == nil {
		return
	}
	told := map[int64]bool{}
	for _, c := range tx.changes {
		if c.kind == objectHead && !told[c.org] {
			told[c.org] = true
			tx.store.opts.Committed(c.org, tx.writtenIn(c.org))
		}
	}
}

func (tx *Tx) writtenIn(org int64) []Written {
	return slices.DeleteFunc(slices.Clone(tx.written), func(w Written) bool { return w.Object.Org != org })
}

func (tx *Tx) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	return tx.store.prepared(whole(ctx), tx.store.rw, text)
}

func (tx *Tx) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	stmt, err := tx.stmt(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", text, err)
	}
	res, err := stmt.ExecContext(whole(ctx), args...)
	if err != nil {
		return nil, writeError(text, err)
	}
	return res, nil
}

// insert runs an INSERT … RETURNING id. A name that is taken is ErrExists.
func (tx *Tx) insert(ctx context.Context, text string, args ...any) (int64, error) {
	var id int64
	err := tx.queryRow(ctx, text, args, &id)
	return id, err
}

func (tx *Tx) queryRow(ctx context.Context, text string, args []any, dest ...any) error {
	stmt, err := tx.stmt(ctx, text)
	if err != nil {
		return fmt.Errorf("prepare %q: %w", text, err)
	}
	err = stmt.QueryRowContext(whole(ctx), args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return writeError(text, err)
	}
	return nil
}

func (tx *Tx) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := tx.stmt(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", text, err)
	}
	rows, err := stmt.QueryContext(whole(ctx), args...)
	if err != nil {
		return nil, fmt.Errorf("query %q: %w", text, err)
	}
	return rows, nil
}

// changed requires that a statement met a row; none is ErrNotFound.
func changed(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("rows affected: %w", err)
	}
	if n == 0 {
		return ErrNotFound
	}
	return nil
}

func writeError(text string, err error) error {
	code := 0
	if e := (*sqlite.Error)(nil); errors.As(err, &e) {
		code = e.Code()
	}
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", ErrExists, err)
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: // what the row refers to has been deleted
		return fmt.Errorf("%w: %w", ErrOvertaken, err)
	}
	return fmt.Errorf("execute %q: %w", text, err)
}
