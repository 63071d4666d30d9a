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
	wait time.Duration // that a task waits at most
	log  *slog.Logger

	ctx  context.Context // ends with the store
	stop context.CancelFunc
	work sync.WaitGroup

	rerun atomic.Int64 // writes

	mu    sync.Mutex
	count int           // outages so far
	end   chan struct{} // closed at the end of the present one, nil if there is none
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
	o := &outage{db: db, wait: opts.FailoverWait, log: opts.Log}
	o.ctx, o.stop = context.WithCancel(context.Background())
	o.work.Go(o.listen)
	return o
}

// close has nobody wait any more.
func (o *outage) close() {
	o.stop()
	o.work.Wait()
}

// task is something to do with the database, any number of times.
type task struct {
	do   func() error
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
	err := t.do()
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

func (o *outage) hold(t task, err error) error {
	if !o.admit(t.size) {
		return unavailable(errors.Join(errCrowd, err))
	}
	defer o.release(t.size)
	limit := time.NewTimer(o.wait)
	defer limit.Stop()
	for {
		n, end := o.state()
		if there(err) {
			end = after(pause())
		}
		if end != nil {
			select {
			case <-end:
			case <-t.left():
				return unavailable(errors.Join(context.Canceled, err))
			case <-limit.C:
				return unavailable(err)
			}
			n, _ = o.state()
		}
		if err = t.do(); !away(err) {
			return final(err)
		}
		o.notice(n, err)
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
	o.end = make(chan struct{})
	o.work.Go(func() { o.watch(err) })
}

func unavailable(err error) error {
	return &chef.Error{Code: chef.Unavailable, Message: "The database does not answer. Try again shortly.", Err: err}
}
