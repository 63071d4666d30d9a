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
	log  *slog.Logger

	mu   sync.Mutex
	full bool
	said string        // the last error
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
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = nil
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
