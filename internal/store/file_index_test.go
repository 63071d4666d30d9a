package store

import (
	"database/sql"
	"strings"
	"testing"
)

// What was uploaded and never committed is found by an index of its own: the
// look for it is part of a transaction that writes, every few minutes.
func TestAbandonedFilesHaveAnIndex(t *testing.T) {
	onEachSchema(t, func(t *testing.T, db schemaPlace) {
		s, err := db.open(t, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		explain := map[string][]string{
			"sqlite":   {"EXPLAIN QUERY PLAN " + strings.ReplaceAll(forgetFiles, "?", "1")},
			"postgres": {"SET enable_seqscan = off", "EXPLAIN " + strings.ReplaceAll(forgetFiles, "?", "1")},
		}[db.name]
		raw := db.raw(t)
		raw.SetMaxOpenConns(1) // a setting is the connection's
		for _, text := range explain[:len(explain)-1] {
			if _, err := raw.ExecContext(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		plan := texts(t, raw, explain[len(explain)-1])
		if !strings.Contains(plan, "file_uncommitted") {
			t.Errorf("plan without the index:\n%s", plan)
		}
	})
}

// texts is all that a query returns.
func texts(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, cell := range cells {
			all.WriteString(cell.String + " ")
		}
		all.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all.String()
}
