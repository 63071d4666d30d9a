package store

import (
	"context"
	"database/sql"
	"fmt"
)

// reading is a read that has yet to be run: it hands the rows to read, from the
// first one again when they broke off.
type reading func(read func(*sql.Rows) error) error

// query is a read. It is not cancelled midway: the drivers would spend more on
// watching the context than a read takes.
func (s *Store) query(ctx context.Context, text string, args ...any) reading {
	return func(read func(*sql.Rows) error) error {
		return s.patiently(ctx, func() error { return readRows(ctx, s.db, text, args, read) })
	}
}

// query is a read within the transaction, which is run again as a whole.
func (tx *Tx) query(ctx context.Context, text string, args ...any) reading {
	return func(read func(*sql.Rows) error) error { return readRows(ctx, tx.tx, text, args, read) }
}

func readRows(ctx context.Context, r reader, text string, args []any, read func(*sql.Rows) error) error {
	rows, err := r.query(whole(ctx), text, args...)
	if err != nil {
		return fmt.Errorf("query %q: %w", text, err)
	}
	defer rows.Close()
	if err := read(rows); err != nil {
		return err
	}
	return rows.Err()
}

// collect scans every row with scan, which may meet the first ones again.
func collect[T any](r reading, scan func(*sql.Rows) (T, error)) (out []T, err error) {
	err = r(func(rows *sql.Rows) (err error) {
		out, err = scanAll(rows, scan)
		return err
	})
	return out, err
}

func scanAll[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
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
