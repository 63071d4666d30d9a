package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// turns are for as many as have connections. Unlike database/sql, which takes
// any of those who wait, they go by who came first: behind an outage hundreds
// wait. Whoever has a turn keeps it while the database is away.
type turns struct {
	taken chan struct{}
	waits stopwatch
}

func newTurns(db *sql.DB) *turns {
	return &turns{taken: make(chan struct{}, db.Stats().MaxOpenConnections)}
}

func (t *turns) done() { <-t.taken }

var errTooLong = errors.New("it was waited for long enough")

// queue waits for the turn of a task that came when the database had been absent
// for so long.
func (o *outage) queue(t task, absent time.Duration) error {
	select {
	case t.turn.taken <- struct{}{}:
		return nil
	default:
	}
	defer t.turn.waits.since(time.Now())
	if !o.admit(t.size) {
		return errCrowd
	}
	defer o.release(t.size)
	o.queued.Add(1)
	defer o.queued.Add(-1)
	for left := o.wait; left > 0; left = o.wait - (o.absent() - absent) {
		limit := time.NewTimer(left)
		defer limit.Stop()
		select {
		case t.turn.taken <- struct{}{}:
			return nil
		case <-t.left():
			return context.Canceled
		case <-limit.C: // of which some may have been spent in line
		}
	}
	return errTooLong
}
