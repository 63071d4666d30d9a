package store

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tournant/internal/pgtest"
)

// goesOn requires two writes of one organization to end well, of which the
// first loses its connection when its COMMIT is to be sent, as all do that are
// open then. Neither side hears of it, and what the first's transaction locked
// the second waits for.
func goesOn(t *testing.T, proxy *pgtest.Proxy, first, second *Store, org *Org) {
	t.Helper()
	var database string
	if err := first.db.queryRow(t.Context(), "SELECT current_database()", nil, &database); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	proxy.CutCommits(func() int {
		once.Do(proxy.Lose)
		return pgtest.Whole
	})
	done := make(chan error, 2)
	began := time.Now()
	go func() { done <- first.Create(t.Context(), node(org, "first", `{}`)) }()
	await(t, "the connection to be lost", func() bool { return idleInTransaction(t, database) > 0 })
	go func() { done <- second.Create(t.Context(), node(org, "second", `{}`)) }()
	if err := errors.Join(<-done, <-done); err != nil {
		t.Error(err)
	}
	t.Logf("both were there after %v", time.Since(began))
	for _, name := range []string{"first", "second"} {
		if _, err := first.Object(t.Context(), node(org, name, "").Ref); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// idleInTransaction is how many sessions on a database wait for what their
// client says next in a transaction that has written.
func idleInTransaction(t *testing.T, database string) (n int) {
	t.Helper()
	c, err := pgtest.Shared()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), c.URL(database)) // not through the proxy
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), `
		SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND state = 'idle in transaction' AND backend_xid IS NOT NULL
			AND query LIKE '%INSERT INTO change%'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// withoutServersTimeout has the server wait for ever for what is lost: that it
// goes on is then ours to see to.
const withoutServersTimeout = "&idle_in_transaction_session_timeout=0"

// A connection that went dead without a word, with a transaction under way, is
// found out, and what the transaction held on the server is given free.
func TestLostTransactionIsEnded(t *testing.T) {
	proxy, url := pgtest.Behind(t, nil)
	url += withoutServersTimeout
	open := func(t *testing.T, opts Options) (*Store, error) { return OpenPostgres(t.Context(), url, opts) }
	s, org := openOrg(t, open, Options{})
	goesOn(t, proxy, s, s, org)
}

// Another server need not wait for longer.
func TestLostTransactionOfAnotherServerIsEnded(t *testing.T) {
	proxy, url := pgtest.Behind(t, nil)
	url += withoutServersTimeout
	open := func(t *testing.T, opts Options) (*Store, error) { return OpenPostgres(t.Context(), url, opts) }
	s, org := openOrg(t, open, Options{})
	other, err := OpenPostgres(t.Context(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	goesOn(t, proxy, s, other, org)
}
