package store

import (
	"errors"
	"testing"
	"time"

	"tournant/internal/pgtest"
)

// A server that is not to found the database leaves it empty, waits, and goes
// on once another has founded it.
func TestAServerThatFoundsNothingWaits(t *testing.T) {
	url := pgtest.New(t)
	s, err := OpenPostgres(t.Context(), url, Options{Founded: true, FailoverWait: time.Millisecond})
	if !errors.Is(err, ErrNotFounded) {
		t.Fatalf("an empty database: store %v, error %v, want %v", s, err, ErrNotFounded)
	}
	opened := make(chan error, 1)
	go func() {
		joined, err := OpenPostgres(t.Context(), url, Options{Founded: true, FailoverWait: time.Minute})
		if err == nil {
			err = joined.Close()
		}
		opened <- err
	}()
	founder, err := OpenPostgres(t.Context(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer founder.Close()
	// There are tables by now, and that is not enough.
	if _, err := OpenPostgres(t.Context(), url, Options{Founded: true, FailoverWait: time.Millisecond}); !errors.Is(err, ErrNotFounded) {
		t.Errorf("a database with tables alone: error %v, want %v", err, ErrNotFounded)
	}
	if done, err := founder.Found(t.Context(), func() (Founding, error) { return Founding{}, nil }); err != nil || !done {
		t.Fatalf("found: %v, %v", done, err)
	}
	if err := <-opened; err != nil {
		t.Errorf("a founded database: %v", err)
	}
}
