package agent

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// room tells whether a file system is full. Looking writes to it and may hang
// with the disk, and a node must see the rest of itself all the same: so one
// look at a time is made beside, and who asks gets what was seen last if it
// takes longer than a glance.
type room struct {
	dir  string
	look func() (full bool, err error)
	tell func(full bool) error // whoever has to know what was seen; nil is nobody
	log  *slog.Logger

	mu   sync.Mutex
	full bool
	said string        // the last error
	deaf string        // the last error of tell
	done chan struct{} // closed at the end of the look under way; nil without one
}

const glance = 100 * time.Millisecond

// isFull looks.
func (r *room) isFull(ctx context.Context) bool {
	r.mu.Lock()
	if r.done == nil {
		r.done = make(chan struct{})
		go r.see(r.done)
	}
	done := r.done
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, glance)
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
	}
	return r.wasFull()
}

// wasFull is what was seen last.
func (r *room) wasFull() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.full
}

func (r *room) see(done chan struct{}) {
	defer close(done)
	full, err := r.look()
	r.learn(full, err)
	if r.tell != nil {
		r.pass(r.tell(r.wasFull()))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = nil
}

func (r *room) learn(full bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.full, r.said = full, ""
		return
	}
	r.full = full || r.full
	if text := err.Error(); text != r.said {
		r.said = text
		r.log.Warn("whether there is room is not known", "directory", r.dir, "error", err)
	}
}

// pass logs once that nobody could be told.
func (r *room) pass(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != r.deaf {
		r.log.Warn("PostgreSQL could not be told whether there is room; it is tried again", "directory", r.dir, "error", err)
	}
	r.deaf = text
}
