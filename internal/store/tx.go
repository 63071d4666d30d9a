package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

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
	tx      transaction
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

// errAgain is returned within a write that was overtaken by another since it
// began: run again it finds what the other left.
var errAgain = errors.New("overtaken within the transaction")

// existsNow replaces ErrExists for what was not there a moment ago.
func existsNow(err error) error {
	if errors.Is(err, ErrExists) {
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	return err
}

// whole is ctx without its end. Once begun a write is finished: a client that
// hangs up must not decide halfway whether it happened.
func whole(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

func (tx *Tx) run(ctx context.Context, fn func(*Tx) error) error {
	if err := fn(tx); err != nil {
		return err
	}
	begun := time.Now()
	if err := tx.advanceHeads(ctx); err != nil {
		return err
	}
	tx.store.writes.head.since(begun)
	begun = time.Now()
	if err := tx.tx.commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	tx.store.writes.commit.since(begun)
	return nil
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

// advanceHeads is where writes of one organization meet: whoever has advanced a
// head holds it until its commit, so that the log's order is that of commits.
func (tx *Tx) advanceHeads(ctx context.Context) error {
	// In one order, or two writes that hold a head each wait for the other's.
	slices.SortStableFunc(tx.changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.org, b.org), cmp.Compare(a.kind, b.kind))
	})
	for i := range tx.changes {
		c := &tx.changes[i]
		seq, err := tx.tx.advance(ctx, c, tx.now.Unix())
		if err != nil {
			return fmt.Errorf("advance the head: %w", err)
		}
		if c.object != nil {
			tx.written = append(tx.written, Written{Seq: seq, Object: *c.object, Plain: c.plain})
		}
	}
	return nil
}

const advanceHead = `
	INSERT INTO head (org_id, kind, seq) VALUES (?, ?, 1)
	ON CONFLICT (org_id, kind) DO UPDATE SET seq = head.seq + 1 RETURNING seq`

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

func (tx *Tx) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	res, err := tx.tx.exec(whole(ctx), text, args...)
	if err != nil {
		return nil, tx.writeError(text, err)
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
	err := tx.tx.queryRow(whole(ctx), text, args, dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return tx.writeError(text, err)
	}
	return nil
}

// hold locks a row that statements to come decide on. One that is gone is
// ErrNotFound.
func (tx *Tx) hold(ctx context.Context, table string, id int64) error {
	return tx.queryRow(ctx, "SELECT id FROM "+table+" WHERE id = ?"+locked, []any{id}, &id)
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

func (tx *Tx) writeError(text string, err error) error {
	if meaning := tx.store.db.meaning(err); meaning != nil {
		return fmt.Errorf("%w: %w", meaning, err)
	}
	return fmt.Errorf("execute %q: %w", text, err)
}
