package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tournant/internal/pgtest"
)

func TestAwayIsToldFromRefused(t *testing.T) {
	for _, err := range []error{
		io.ErrUnexpectedEOF, driver.ErrBadConn, &pgconn.PgError{Code: lockNotAvailable},
		&pgconn.PgError{Code: "57P01"}, &pgconn.PgError{Code: "08006"}, &pgconn.PgError{Code: "25006"},
		&pgconn.PgError{Code: ioError},
		errors.Join(ErrNotFound, io.EOF),
	} {
		if !away(fmt.Errorf("wrapped: %w", err)) {
			t.Errorf("%v is taken for an answer", err)
		}
	}
	for _, err := range []error{
		nil, ErrNotFound, context.Canceled, context.DeadlineExceeded,
		&pgconn.PgError{Code: uniqueViolation}, &pgconn.PgError{Code: "57014"},
	} {
		if away(err) {
			t.Errorf("%v is taken for an outage", err)
		}
	}
}

// A server that would not let us in says so when it is asked, not after a minute.
func TestWrongPlaceIsNoOutage(t *testing.T) {
	u, err := url.Parse(pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/absent"
	_, err = OpenPostgres(t.Context(), u.String(), Options{})
	if code(err) != "3D000" {
		t.Errorf("%v, want that the database is absent", err)
	}
}

// A server that has no connection left is waited for too.
func TestFullDatabaseIsWaitedFor(t *testing.T) {
	at, err := url.Parse(pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	admin, err := pgx.Connect(t.Context(), at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	must := func(sql string) {
		t.Helper()
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	must("CREATE ROLE few LOGIN")
	must("GRANT ALL ON SCHEMA public TO few")
	at.User = url.User("few")
	s, org := openOrg(t, func(t *testing.T, opts Options) (*Store, error) {
		return OpenPostgres(t.Context(), at.String(), opts)
	}, Options{})
	must("ALTER ROLE few CONNECTION LIMIT 0")
	must("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'few'")
	done := make(chan error, 1)
	go func() { done <- s.Create(t.Context(), node(org, "n", `{}`)) }()
	await(t, "the write to be held", func() bool { return s.Holding().Requests == 1 })
	must("ALTER ROLE few CONNECTION LIMIT -1")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A disk that fails under PostgreSQL is about to be somebody else's: what met it is done
// again, and with a disk that goes on failing it is told.
func TestFailingDiskIsWaitedFor(t *testing.T) {
	at := pgtest.New(t)
	s, org := openOrg(t, func(t *testing.T, opts Options) (*Store, error) {
		return OpenPostgres(t.Context(), at, opts)
	}, Options{})
	admin, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	must := func(sql string) {
		t.Helper()
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	must(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'could not read block 341' USING ERRCODE = '58030'; END $$`)
	must("CREATE TRIGGER fail BEFORE INSERT ON object EXECUTE FUNCTION fail()")
	done := make(chan error, 1)
	create := func(name string) { done <- s.Create(t.Context(), node(org, name, `{}`)) }
	go create("n")
	await(t, "the write to be held", func() bool { return s.Holding().Requests == 1 })
	must("DROP TRIGGER fail ON object")
	if err := <-done; err != nil {
		t.Error(err)
	}
	must("CREATE TRIGGER fail BEFORE INSERT ON object EXECUTE FUNCTION fail()")
	go create("m")
	if err := <-done; code(err) != ioError {
		t.Errorf("a disk that goes on failing: %v, want %s", err, ioError)
	}
}
