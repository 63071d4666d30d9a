package store

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tournant/internal/pgtest"
)

// The number of connections is kept to, and whoever waits for one is counted.
func TestPools(t *testing.T) {
	for asked, want := range map[int]int{0: DefaultConnections, 1: LeastConnections, LeastConnections: LeastConnections, 9: 9} {
		t.Run(fmt.Sprint(asked), func(t *testing.T) {
			s := open(t, onPostgres, Options{Connections: asked})
			pools := s.Pools()
			if len(pools) != 2 || pools[0].Most+pools[1].Most != want {
				t.Fatalf("pools %+v, want %d connections", pools, want)
			}
			var views []view
			for range pools[0].Most { // all that read
				v, err := s.db.snapshot(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				views = append(views, v)
			}
			read := make(chan error, 1)
			go func() {
				_, err := s.OrgNames(t.Context())
				read <- err
			}()
			await(t, "a read to wait", func() bool { return s.Pools()[0].Waits > 0 })
			if p := s.Pools()[0]; p.InUse != p.Most || p.Open != p.Most {
				t.Errorf("pool %+v, want all of it in use", p)
			}
			if err := s.Write(t.Context(), func(*Tx) error { return nil }); err != nil { // has others
				t.Error(err)
			}
			for _, v := range views {
				if err := v.end(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if err := <-read; err != nil {
				t.Error(err)
			}
		})
	}
}

// What writes waited for, and why they were run again, is counted.
func TestWritesAreCounted(t *testing.T) {
	onEach(t, func(t *testing.T, db testDatabase) {
		s, org := openOrg(t, db, Options{})
		before := s.Writes()
		for i := range 3 {
			if err := s.Create(t.Context(), node(org, fmt.Sprint("n", i), "{}")); err != nil {
				t.Fatal(err)
			}
		}
		runs := 0
		err := s.Write(t.Context(), func(*Tx) error {
			if runs++; runs == 1 {
				return errAgain
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		w := s.Writes()
		if w.Overtaken != before.Overtaken+1 || w.Begin.Count != before.Begin.Count+5 || w.Head.Count != before.Head.Count+4 ||
			w.Commit.Count != before.Commit.Count+4 || w.Commit.Took <= before.Commit.Took {
			t.Errorf("counted %+v after %+v", w, before)
		}
		if p := s.Presence(); p.State != StateUp || p.Outages != 0 || !p.Since.IsZero() {
			t.Errorf("presence %+v", p)
		}
	})
}

// How the database is away is told, and since when.
func TestPresence(t *testing.T) {
	proxy, url := pgtest.Behind(t, nil)
	s := open(t, func(t *testing.T, o Options) (*Store, error) { return OpenPostgres(t.Context(), url, o) }, Options{})
	proxy.Move(nil)
	read := make(chan error, 1)
	go func() {
		_, err := s.OrgNames(t.Context())
		read <- err
	}()
	await(t, "the outage", func() bool { return s.Presence().State == StateUnreachable })
	if p := s.Presence(); p.Outages != 1 || p.Since.IsZero() {
		t.Errorf("presence %+v", p)
	}
	c, err := pgtest.Shared()
	if err != nil {
		t.Fatal(err)
	}
	proxy.Move(c)
	if err := <-read; err != nil {
		t.Error(err)
	}
	if p := s.Presence(); p.State != StateUp || p.Outages != 1 {
		t.Errorf("presence %+v", p)
	}
	for err, want := range map[error]State{
		errServerReadOnly:                StateReadOnly,
		&pgconn.PgError{Code: "25006"}:   StateReadOnly,
		&pgconn.PgError{Code: "57P03"}:   StateRecovering,
		errors.New("connection refused"): StateUnreachable,
		&pgconn.PgError{Code: "57P01"}:   StateUnreachable,
	} {
		if got := stateOf(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}
