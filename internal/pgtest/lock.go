package pgtest

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// LockTable keeps everybody from a table until the test ends. The function that
// it returns tells how many wait in the database.
func LockTable(tb testing.TB, url, table string) (waiting func() int) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatalf("pgtest: connect: %v", err)
	}
	tb.Cleanup(func() { _ = conn.Close(tb.Context()) })
	for _, text := range []string{"BEGIN", "LOCK TABLE " + pgx.Identifier{table}.Sanitize() + " IN ACCESS EXCLUSIVE MODE"} {
		if _, err := conn.Exec(tb.Context(), text); err != nil {
			tb.Fatalf("pgtest: %s: %v", text, err)
		}
	}
	return func() (n int) {
		// What it says stays the same within a transaction unless it is told.
		_, err := conn.Exec(tb.Context(), "SELECT pg_stat_clear_snapshot()")
		if err == nil {
			err = conn.QueryRow(tb.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&n)
		}
		if err != nil {
			tb.Fatalf("pgtest: who waits: %v", err)
		}
		return n
	}
}
