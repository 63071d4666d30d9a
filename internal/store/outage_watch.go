package store

import (
	"errors"
	"math/rand/v2"
	"time"
)

const (
	// pauses lie between the questions whether the database is back.
	shortestPause, longestPause = 20 * time.Millisecond, 200 * time.Millisecond

	// silence is how long an answer may take until somebody asks whether
	// PostgreSQL still lives. Waiting for a lock can take as long.
	silence = 3 * time.Second
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
	for {
		select {
		case <-o.ctx.Done():
		case <-time.After(pause()):
			if o.db.probe(o.ctx) != nil {
				continue
			}
			o.log.Info("the database is back", "after", time.Since(began).String())
		}
		break
	}
	o.db.connections.admit()
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.end)
	o.end = nil
}

var errSilent = errors.New("no answer comes")

// listen begins an outage when answers stay out and no new connection gets one
// either: a frozen server, or an address that moved, says nothing at all.
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
		if end != nil || !o.db.connections.silent(silence) {
			continue
		}
		if err := o.db.probe(o.ctx); err != nil {
			o.notice(n, errors.Join(errSilent, err))
		}
	}
}
