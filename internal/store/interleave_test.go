package store

import (
	"errors"
	"testing"
	"time"
)

// interleave runs second when first has done everything but commit, and ends
// first once second waits for it or is done. It returns the errors of both. On
// SQLite this cannot be: there is one writer.
func interleave(t *testing.T, s *Store, first func(*Tx) error, second func() error) (error, error) {
	t.Helper()
	done := make(chan error, 1)
	begun := false
	err := s.Write(t.Context(), func(tx *Tx) error {
		if err := first(tx); err != nil || begun {
			return err
		}
		begun = true
		go func() { done <- second() }()
		for len(done) == 0 && !someoneWaits(t, s) {
			time.Sleep(time.Millisecond)
		}
		return nil
	})
	if !begun {
		t.Fatalf("the first write did nothing: %v", err)
	}
	return err, <-done
}

// someoneWaits reports whether a connection of the database waits for a lock.
func someoneWaits(t *testing.T, s *Store) bool {
	t.Helper()
	var waits bool
	err := s.queryRow(t.Context(), `
		SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`,
		nil, &waits)
	if err != nil {
		t.Error(err)
	}
	return waits
}

// both requires two interleaved writes to succeed.
func both(t *testing.T, s *Store, first func(*Tx) error, second func() error) {
	t.Helper()
	if err := errors.Join(interleave(t, s, first, second)); err != nil {
		t.Fatal(err)
	}
}

// mustMake returns a new object.
func mustMake(t *testing.T, s *Store, ref Ref) *Object {
	t.Helper()
	if err := s.Create(t.Context(), NewObject{Ref: ref}); err != nil {
		t.Fatal(err)
	}
	o, err := s.Object(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return o
}
