package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// pauses lie between the questions whether the database is back.
	shortestPause, longestPause = 20 * time.Millisecond, 200 * time.Millisecond

	// impatience is when the next is asked although nothing came back: a
	// question can be lost with the address that it went to, and TCP repeats it
	// after a second only.
	impatience = 250 * time.Millisecond

	// silence is how long an answer may take until somebody asks whether
	// PostgreSQL still lives, and works on it. Waiting for a lock can take as
	// long.
	silence = 2 * time.Second
)

// pause is random, or all servers would come back at once.
func pause() time.Duration {
	return shortestPause + rand.N(longestPause-shortestPause) //nolint:gosec // spreads them, is no secret
}

func after(d time.Duration) <-chan struct{} {
	c := make(chan struct{})
	time.AfterFunc(d, func() { close(c) })
	return c
}

// watch is there for one outage, from its cause to its end.
func (o *outage) watch(cause error) {
	began := time.Now()
	o.log.Error("the database is away: requests wait for it", "error", cause, "at_most", o.wait.String())
	o.db.cut()
	for o.ctx.Err() == nil {
		ended, err := o.resume()
		if err == nil {
			o.log.Info("the database is back", "after", time.Since(began).String(), "lost_sessions", ended)
			break
		}
	}
	o.db.connections.admit()
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.end)
	o.end = nil
	o.past += time.Since(o.since)
}

// resume waits until the database is there, and ends what this process has left
// behind on it. An error means that it went away again, or that nobody waits
// any more.
func (o *outage) resume() (ended int, err error) {
	conn, err := o.await()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(o.ctx, askTimeout)
	defer cancel()
	ended, err = o.db.endLost(ctx, conn)
	return ended, errors.Join(err, conn.Close(ctx))
}

// await asks until a server answers that takes writes.
func (o *outage) await() (*pgx.Conn, error) {
	ctx, done := context.WithCancel(o.ctx)
	defer done()
	answers := make(chan *pgx.Conn) // nil: not there
	next := time.After(0)           // it may have been one connection alone
	for asked := 0; ; {
		select {
		case <-o.ctx.Done():
			return nil, o.ctx.Err()
		case conn := <-answers:
			if conn != nil {
				return conn, nil
			}
			if asked--; asked == 0 {
				next = time.After(pause())
			}
		case <-next:
			asked++
			next = time.After(impatience)
			o.work.Go(func() { o.askOnce(ctx, answers) })
		}
	}
}

func (o *outage) askOnce(ctx context.Context, answers chan<- *pgx.Conn) {
	conn, err := o.db.ask(ctx)
	if err != nil {
		o.learn(err)
		conn = nil
	}
	select {
	case answers <- conn:
	case <-ctx.Done():
		if conn != nil {
			_ = conn.Close(ctx) // another was faster
		}
	}
}

// learn keeps why the database is away still.
func (o *outage) learn(cause error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cause = cause
}

var errSilent = errors.New("no answer comes")

// listen begins an outage when answers stay out for which PostgreSQL does
// nothing, because it is frozen, its address moved, or the connection is dead
// though both sides believe in it.
func (o *outage) listen() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-o.ctx.Done():
			return
		case <-tick.C:
		}
		n, end := o.state()
		if waiting := o.db.connections.silent(silence); end == nil && waiting > 0 {
			if err := o.compare(waiting); err != nil {
				o.notice(n, errors.Join(errSilent, err))
			}
		}
	}
}

// compare returns an error unless PostgreSQL is at work for as many connections
// as wait for it.
func (o *outage) compare(waiting int) error {
	conn, err := o.db.ask(o.ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(o.ctx, askTimeout)
	defer cancel()
	working, err := o.db.working(ctx, conn)
	if err == nil && working < waiting && o.db.connections.silent(silence) >= waiting {
		err = fmt.Errorf("%d connections wait for one, of which PostgreSQL serves %d", waiting, working)
	}
	return errors.Join(err, conn.Close(ctx))
}
