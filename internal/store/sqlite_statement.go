package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

func sqliteText(text string) string {
	return translate(text, func(word string, _ int) string {
		switch word {
		case "?ids", "?names":
			return "SELECT value FROM json_each(?)"
		case "?triples":
			return "SELECT value ->> 0 AS a, value ->> 1 AS b, value ->> 2 AS c FROM json_each(?)"
		case locked:
			return ""
		}
		return word
	})
}

// prepared returns the statement, compiled once a connection.
func (d *sqliteDatabase) prepared(ctx context.Context, db preparer, text string) (*sql.Stmt, error) {
	key := statement{db, text}
	d.mu.RLock()
	stmt := d.statements[key]
	d.mu.RUnlock()
	if stmt != nil {
		return stmt, nil
	}
	stmt, err := db.PrepareContext(ctx, sqliteText(text))
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if other := d.statements[key]; other != nil {
		return other, stmt.Close()
	}
	d.statements[key] = stmt
	return stmt, nil
}

func (d *sqliteDatabase) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := d.prepared(ctx, d.ro, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (d *sqliteDatabase) queryRow(ctx context.Context, text string, args []any, dest ...any) error {
	stmt, err := d.prepared(ctx, d.ro, text)
	if err != nil {
		return err
	}
	return stmt.QueryRowContext(ctx, args...).Scan(dest...)
}

// sqliteTx is the transaction of the one connection that writes.
type sqliteTx struct {
	*sqliteDatabase
	committed bool
}

// begin keeps no ids: in one process no commit goes unanswered.
func (d *sqliteDatabase) begin(ctx context.Context, _ writeID, grows bool) (transaction, error) {
	d.write.Lock()
	var err error
	if grows {
		err = d.room(ctx)
	}
	if err == nil {
		_, err = d.rw.ExecContext(ctx, "BEGIN IMMEDIATE")
	}
	if err != nil {
		d.write.Unlock()
		return nil, err
	}
	return &sqliteTx{sqliteDatabase: d}, nil
}

func (t *sqliteTx) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	stmt, err := t.prepared(ctx, t.rw, text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (t *sqliteTx) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := t.prepared(ctx, t.rw, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (t *sqliteTx) queryRow(ctx context.Context, text string, args []any, dest ...any) error {
	stmt, err := t.prepared(ctx, t.rw, text)
	if err != nil {
		return err
	}
	return stmt.QueryRowContext(ctx, args...).Scan(dest...)
}

func (t *sqliteTx) advance(ctx context.Context, c *change, at int64) (seq int64, err error) {
	if err := t.queryRow(ctx, advanceHead, []any{c.org, c.kind}, &seq); err != nil {
		return 0, err
	}
	_, err = t.exec(ctx, `
		INSERT INTO change (org_id, kind, seq, type, parent, name, object_id, deleted, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.org, c.kind, seq, c.typ, c.parent, c.name, c.id, c.deleted, at)
	return seq, err
}

func (t *sqliteTx) commit(ctx context.Context) error {
	if _, err := t.exec(ctx, "COMMIT"); err != nil {
		return err
	}
	t.committed = true
	t.checkpoints.committed()
	return nil
}

// end rolls back what was not committed. SQLite has done so itself after some
// errors, which is no error here.
func (t *sqliteTx) end(ctx context.Context) error {
	defer t.write.Unlock()
	if t.committed {
		return nil
	}
	_, err := t.rw.ExecContext(ctx, "ROLLBACK")
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_ERROR {
		return nil
	}
	return err
}

// snapshot is of the moment of its first statement.
func (d *sqliteDatabase) snapshot(ctx context.Context) (view, error) {
	tx, err := d.ro.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	return sqlTx{tx, func(text string, args []any) (string, []any) { return sqliteText(text), args }}, nil
}
