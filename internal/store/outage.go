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

	rerun  atomic.Int64 // writes
	queued atomic.Int64 // tasks without a turn

	reading, writing *turns

	mu    sync.Mutex
	count int           // outages so far
	end   chan struct{} // closed at the end of the present one, nil if there is none
	since time.Time     // when that began
	cause error         // what the last question was answered with
	past  time.Duration // that all outages before it took
	held  int           // tasks that wait, for whatever
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
		reading: newTurns(db.reads), writing: newTurns(db.writes),
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

// task is something to do with the database, any number of times.
type task struct {
	do   func() error
	turn *turns
	left func() <-chan struct{} // closes when nobody wants it done any more
	size int64                  // of the request's body
}

// run does t in its turn, again while the database is away. What is not done in
// time, or cannot be waited for, is chef.Unavailable.
func (o *outage) run(t task) error {
	absent := o.absent()
	if err := o.queue(t, absent); err != nil {
		return unavailable(err)
	}
	defer t.turn.done()
	return o.persist(t, absent)
}

// maxTries is for a task that is what sends the database away.
const maxTries = 1000

// maxFailing is for how long a task is done again that meets a disk that fails. A
// backend whose volume does lets go of it sooner, and then the database is away; what
// only one block of is bad stays there, and says so.
const maxFailing = 10 * time.Second

// persist does a task until the database has been absent for too long.
func (o *outage) persist(t task, absent time.Duration) error {
	err := errShut
	var retried time.Duration // while it was there
	for range maxTries {
		began := time.Now()
		n, end := o.state()
		if end == nil {
			if err = t.do(); !away(err) {
				return final(err)
			}
			o.notice(n, err)
		}
		if e := o.pass(t, err, o.wait-retried-(o.absent()-absent)); e != nil {
			return unavailable(errors.Join(e, undecided(err)))
		}
		if there(err) {
			retried += time.Since(began)
		}
		if code(err) == ioError && retried >= maxFailing {
			return err
		}
	}
	return unavailable(undecided(err))
}

// undecided keeps what an error says and none of what it is: a run that found
// something, ErrNotFound say, but could not be ended has decided nothing.
func undecided(err error) error { return errors.New(err.Error()) }

// pass waits for the end of the outage that there is, or before doing again what
// err was there for.
func (o *outage) pass(t task, err error, most time.Duration) error {
	if !o.admit(t.size) {
		return errCrowd
	}
	defer o.release(t.size)
	_, end := o.state()
	if there(err) {
		end = after(pause())
	}
	if end == nil {
		return nil
	}
	limit := time.NewTimer(most)
	defer limit.Stop()
	select {
	case <-end:
		return nil
	case <-t.left():
		return context.Canceled
	case <-limit.C:
		return errTooLong
	}
}

// final is the error of a task that waiting does not help: nothing can be done
// any more with a database that was replaced, until the server starts again.
func final(err error) error {
	if errors.Is(err, ErrReplaced) {
		return unavailable(err)
	}
	return err
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

// holding leaves out those who wait for their turn alone.
func (o *outage) holding() Holding {
	o.mu.Lock()
	defer o.mu.Unlock()
	waiting := o.held
	if o.end == nil {
		waiting -= int(o.queued.Load())
	}
	return Holding{Requests: max(0, waiting), Rerun: o.rerun.Load()}
}

// absent is how long the database has been away so far.
func (o *outage) absent() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.end == nil {
		return o.past
	}
	return o.past + time.Since(o.since)
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
