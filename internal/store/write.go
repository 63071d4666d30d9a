package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"tournant/internal/chef"
)

// writeID is a write's own, in whichever transaction it happens.
type writeID [16]byte

// errHappened is returned by begin for the id of a write that was committed.
var errHappened = errors.New("the write has happened")

// writing is a write, which may take several transactions.
type writing struct {
	store *Store
	id    writeID
	fn    func(*Tx) error
	grows bool // what is stored
	tries int
	last  *Tx // of the last transaction that did begin
}

// maxRuns bounds how often a write is run that others keep getting in the way
// of. Each time someone else has got on.
const maxRuns = 10

// Write runs fn in a transaction and commits it with the changes that fn
// noted: all of it happens or none, and never twice. An error from fn is
// returned as it is. On PostgreSQL fn may be run several times, of which the
// last counts; if the database stays away too long, the error is
// chef.Unavailable and nobody knows whether the write happened. Where there is no
// room for it, nothing has happened, and it is chef.InsufficientStorage.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	if ctx.Value(readOnly{}) != nil {
		return ErrReadOnly
	}
	w := &writing{store: s, fn: fn, grows: !isFreeing(ctx)}
	err := s.orFull(w.write(ctx))
	if chef.CodeOf(err) == chef.InsufficientStorage {
		s.writes.refused.Add(1)
	}
	return err
}

func (w *writing) write(ctx context.Context) error {
	outage := w.store.outage
	if outage == nil {
		return w.run(ctx)
	}
	_, _ = rand.Read(w.id[:]) // never fails: see crypto/rand
	return outage.run(task{
		do: func() error { return w.again(ctx) }, turn: outage.writing, left: w.left(ctx), size: bodySize(ctx),
	})
}

// left lets a client go as long as nothing was begun for it.
func (w *writing) left(ctx context.Context) func() <-chan struct{} {
	return func() <-chan struct{} {
		if w.last != nil {
			return nil
		}
		return ctx.Done()
	}
}

// again counts what is run because the database was away.
func (w *writing) again(ctx context.Context) error {
	if w.tries++; w.tries > 1 {
		w.store.outage.rerun.Add(1)
	}
	return w.run(ctx)
}

func (w *writing) run(ctx context.Context) error {
	ctx = whole(ctx)
	for run := 1; ; run++ {
		err := w.once(ctx)
		if err == nil || run == maxRuns || !w.inTheWay(err) {
			return err
		}
		time.Sleep(time.Duration(run) * mathrand.N(10*time.Millisecond)) //nolint:gosec // spreads runs, is no secret
	}
}

// inTheWay reports whether a run ended because of another write, and counts it.
func (w *writing) inTheWay(err error) bool {
	switch {
	case errors.Is(err, errAgain):
		w.store.writes.overtaken.Add(1)
	case w.store.db.passing(err):
		w.store.writes.deadlocks.Add(1)
	default:
		return false
	}
	return true
}

func (w *writing) once(ctx context.Context) (err error) {
	begun := time.Now()
	// One that was begun before may have happened, which only its id tells.
	t, err := w.store.db.begin(ctx, w.id, w.grows && w.last == nil)
	w.store.writes.begin.since(begun)
	if errors.Is(err, errHappened) {
		// No later transaction than the last can have begun after the one that
		// was committed, so what fn left behind is what happened.
		w.last.tell()
		return nil
	}
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	// Also when fn panics: the next write must not find its transaction.
	defer func() { err = errors.Join(err, t.end(ctx)) }()
	w.last = &Tx{store: w.store, tx: t, now: w.store.now()}
	if err := w.last.run(ctx, w.fn); err != nil {
		return err
	}
	w.last.tell()
	return nil
}
