// Package storetest opens stores for the tests of the packages above: what
// works over one kind of database must work over the other.
package storetest

import (
	"testing"
	"time"

	"tournant/internal/pgtest"
	"tournant/internal/store"
)

// Database makes new databases of one kind.
type Database struct {
	open func(testing.TB, store.Options) (*store.Store, error)
}

// Open opens a new, empty database. Whoever opens it closes it.
func (d Database) Open(tb testing.TB, opts store.Options) *store.Store {
	tb.Helper()
	s, err := d.open(tb, opts)
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	return s
}

// SQLite is a file in a directory of its own.
func SQLite() Database {
	return Database{func(tb testing.TB, opts store.Options) (*store.Store, error) {
		return store.Open(tb.Context(), tb.TempDir(), opts)
	}}
}

// SQLiteIn is a file in a directory.
func SQLiteIn(dir string) Database {
	return Database{func(tb testing.TB, opts store.Options) (*store.Store, error) {
		return store.Open(tb.Context(), dir, opts)
	}}
}

// Postgres is a database of the cluster that pgtest.Main started.
func Postgres() Database {
	return Database{func(tb testing.TB, opts store.Options) (*store.Store, error) {
		return store.OpenPostgres(tb.Context(), pgtest.New(tb), opts)
	}}
}

// Behind is a new database behind a proxy, which is waited for that long.
func Behind(proxy **pgtest.Proxy, wait time.Duration) Database {
	return Database{func(tb testing.TB, opts store.Options) (*store.Store, error) {
		var url string
		*proxy, url = pgtest.Behind(tb, nil)
		opts.FailoverWait = wait
		return store.OpenPostgres(tb.Context(), url, opts)
	}}
}

// OnEach runs a test over each kind of database. Its package needs a TestMain
// that calls pgtest.Main.
func OnEach(t *testing.T, test func(*testing.T, Database)) {
	t.Helper()
	for name, db := range map[string]Database{"sqlite": SQLite(), "postgres": Postgres()} {
		t.Run(name, func(t *testing.T) { test(t, db) })
	}
}
