package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

func postgresText(text string) string {
	return translate(text, func(word string, n int) string {
		parameter := "$" + strconv.Itoa(n)
		switch word {
		case "?ids":
			return "SELECT value::bigint FROM json_array_elements_text(" + parameter + "::text::json) AS list (value)"
		case "?names":
			return "SELECT value FROM json_array_elements_text(" + parameter + "::text::json) AS list (value)"
		case "?triples":
			return "SELECT value ->> 0 AS a, value ->> 1 AS b, value ->> 2 AS c FROM json_array_elements(" +
				parameter + "::text::json) AS list (value)"
		case locked:
			return word
		}
		return parameter
	})
}

// say puts a statement into PostgreSQL's words. It refuses text with what is
// no character in it.
func (d *postgresDatabase) say(text string, args []any) (string, []any) {
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			args[i] = textual(s)
		}
	}
	if said, ok := d.texts.Load(text); ok {
		return said.(string), args
	}
	said := postgresText(text)
	d.texts.Store(text, said)
	return said, args
}

// The driver keeps the prepared statements of a connection by their text.

func (d *postgresDatabase) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	text, args = d.say(text, args)
	return d.reads.QueryContext(ctx, text, args...)
}

func (d *postgresDatabase) queryRow(ctx context.Context, text string, args []any, dest ...any) error {
	text, args = d.say(text, args)
	return d.reads.QueryRowContext(ctx, text, args...).Scan(dest...)
}

func (d *postgresDatabase) begin(ctx context.Context, id writeID, grows bool) (transaction, error) {
	tx, err := d.writes.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	if err := claim(ctx, tx, id, grows); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return postgresTx{sqlTx{tx, d.say}}, nil
}

// forget goes by the clock of the database, which all servers share.
func (d *postgresDatabase) forget(ctx context.Context) error {
	_, err := d.writes.ExecContext(ctx, "DELETE FROM write_id WHERE at < now() - interval '1 hour'")
	return err
}

type postgresTx struct{ sqlTx }

// advance is one statement: while it waits for an answer, the whole
// organization waits.
func (t postgresTx) advance(ctx context.Context, c *change, at int64) (seq int64, err error) {
	err = t.queryRow(ctx, "WITH advanced AS ("+advanceHead+`)
		INSERT INTO change (org_id, kind, seq, type, parent, name, object_id, deleted, at)
		SELECT ?, ?, seq, ?, ?, ?, ?, ?, ? FROM advanced RETURNING seq`,
		[]any{c.org, c.kind, c.org, c.kind, c.typ, c.parent, c.name, c.id, c.deleted, at}, &seq)
	return seq, err
}

func (t postgresTx) commit(context.Context) error { return t.tx.Commit() }

func (d *postgresDatabase) snapshot(ctx context.Context) (view, error) {
	tx, err := d.reads.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	// Whoever reads everything takes as long as the reading takes.
	if _, err := tx.ExecContext(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return sqlTx{tx, d.say}, nil
}

// PostgreSQL's codes for errors.
const (
	uniqueViolation      = "23505"
	foreignKeyViolation  = "23503"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03" // in time
	ioError              = "58030"
	undefinedTable       = "42P01"
	diskFull             = "53100"
	queryCanceled        = "57014" // also by statement_timeout
)

func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func (d *postgresDatabase) meaning(err error) error {
	switch code(err) {
	case uniqueViolation:
		return ErrExists
	case foreignKeyViolation:
		return ErrOvertaken
	}
	return nil
}

// passing is what only others who write at the same time bring about.
func (d *postgresDatabase) passing(err error) bool {
	switch code(err) {
	case serializationFailure, deadlockDetected:
		return true
	}
	return false
}
