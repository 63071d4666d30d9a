package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tournant/internal/chef"
)

// outage lets what PostgreSQL cannot answer wait until it can, and run again.
// Meanwhile one goroutine asks whether it is back, for all.
type outage struct {
	db   *postgresDatabase
	wait time.Duration // that a task waits at most for a database that is away
	log  *slog.Logger

	ctx  context.Context // ends with the store
	stop context.CancelFunc
	work sync.WaitGroup

	rerun atomic.Int64 // writes

	reading, writing turns

	mu    sync.Mutex
	count int           // outages so far
	end   chan struct{} // closed at the end of the present one, nil if there is none
	since time.Time     // of the present one
	cause error         // what the last question was answered with
	held  int
	bytes int64
}

// What may be held at the same time: tasks, and bytes of their requests' bodies.
const (
	maxHeld      = 10_000
	maxHeldBytes = 512 << 20
)

var errCrowd = errors.New("too many requests wait for the database already")

func newOutage(db *postgresDatabase, opts Options) *outage {
	o := &outage{
		db: db, wait: opts.FailoverWait, log: opts.Log,
		reading: make(turns, db.reads.Stats().MaxOpenConnections), writing: make(turns, db.writes.Stats().MaxOpenConnections),
	}
	o.ctx, o.stop = context.WithCancel(context.Background())
	o.work.Go(o.listen)
	return o
}

// close has nobody wait any more.
func (o *outage) close() {
	o.stop()
	o.work.Wait()
}

// turns are for as many as have connections. Unlike database/sql, which takes
// any of those who wait, they go by who came first: behind an outage hundreds
// wait.
type turns chan struct{}

// task is something to do with the database, any number of times.
type task struct {
	do   func() error
	turn turns
	left func() <-chan struct{} // closes when nobody wants it done any more
	size int64                  // of the request's body
}

// run does t, again while the database is away. What is not done in time, or
// cannot be waited for, is chef.Unavailable.
func (o *outage) run(t task) error {
	n, end := o.state()
	if end != nil {
		return o.hold(t, errShut)
	}
	err := t.try()
	if !away(err) {
		return final(err)
	}
	o.notice(n, err)
	return o.hold(t, err)
}

// final is the error of a task that waiting does not help: nothing can be done
// any more with a database that was replaced, until the server starts again.
func final(err error) error {
	if errors.Is(err, ErrReplaced) {
		return unavailable(err)
	}
	return err
}

// try does a task when its turn comes.
func (t task) try() error {
	select {
	case t.turn <- struct{}{}:
	case <-t.left():
		return unavailable(context.Canceled)
	}
	defer func() { <-t.turn }()
	return t.do()
}

func (o *outage) hold(t task, err error) error {
	if !o.admit(t.size) {
		return unavailable(errors.Join(errCrowd, err))
	}
	defer o.release(t.size)
	for left := o.wait; left > 0; {
		waited, e := o.pass(t, err, left)
		if e != nil {
			return unavailable(errors.Join(e, err))
		}
		n, _ := o.state()
		began := time.Now()
		if err = t.try(); !away(err) {
			return final(err)
		}
		o.notice(n, err)
		// What goes by while the database is there is not its absence; but what
		// ends it each time must not go on for ever.
		left -= max(waited, longestPause)
		if there(err) {
			left -= time.Since(began)
		}
	}
	return unavailable(err)
}

var errTooLong = errors.New("it was waited for long enough")

// pass waits for the end of the outage that there is, or before doing again what
// err was there for, and returns for how long.
func (o *outage) pass(t task, err error, most time.Duration) (time.Duration, error) {
	_, end := o.state()
	if there(err) {
		end = after(pause())
	}
	if end == nil {
		return 0, nil
	}
	began, limit := time.Now(), time.NewTimer(most)
	defer limit.Stop()
	select {
	case <-end:
		return time.Since(began), nil
	case <-t.left():
		return 0, context.Canceled
	case <-limit.C:
		return 0, errTooLong
	}
}

func (o *outage) admit(size int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held >= maxHeld || o.bytes+size > maxHeldBytes {
		return false
	}
	o.held++
	o.bytes += size
	return true
}

func (o *outage) release(size int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held--
	o.bytes -= size
}

func (o *outage) holding() Holding {
	o.mu.Lock()
	defer o.mu.Unlock()
	return Holding{Requests: o.held, Rerun: o.rerun.Load()}
}

// state returns how many outages there were, and the end of the present one or
// nil.
func (o *outage) state() (int, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.end == nil {
		return o.count, nil
	}
	return o.count, o.end
}

// notice begins an outage because of an error, unless that is of an outage
// which began since there were n.
func (o *outage) notice(n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if there(err) || o.end != nil || n != o.count || o.ctx.Err() != nil {
		return
	}
	o.count++
	o.end, o.since, o.cause = make(chan struct{}), time.Now(), err
	o.work.Go(func() { o.watch(err) })
}

func unavailable(err error) error {
	return &chef.Error{Code: chef.Unavailable, Message: "The database does not answer. Try again shortly.", Err: err}
}
