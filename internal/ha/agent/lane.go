package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// lane keeps apart what works on one thing: the device and its mount, a
// service, the lease, the address. The machine starts one command of a kind at
// a time, but stops waiting for one that the kernel holds; here it is still
// under way.
type lane struct {
	turn chan struct{} // full while somebody works

	mu     sync.Mutex
	cancel context.CancelFunc // of who works
}

func newLane() *lane { return &lane{turn: make(chan struct{}, 1)} }

// errBefore is returned where something before has not ended.
var errBefore = errors.New("what was begun before has not ended")

// do waits for its turn and works.
func (l *lane) do(ctx context.Context, work func(context.Context) error) error {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", errBefore, ctx.Err())
	}
	return l.work(ctx, work)
}

func (l *lane) work(ctx context.Context, work func(context.Context) error) error {
	defer func() { <-l.turn }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.mu.Lock()
	l.cancel = cancel
	l.mu.Unlock()
	return work(ctx)
}

// linger is how long override waits for what it cancelled.
const linger = 500 * time.Millisecond

// override works at once. Whoever works is told to give up, and since the last
// thing that he did may have come after, the work is done again once he has: it
// must bear that.
func (l *lane) override(ctx context.Context, work func(context.Context) error) error {
	select {
	case l.turn <- struct{}{}:
		return l.work(ctx, work)
	default:
	}
	l.mu.Lock()
	if l.cancel != nil {
		l.cancel()
	}
	l.mu.Unlock()
	err := work(ctx)
	ended, cancel := context.WithTimeout(ctx, linger)
	defer cancel()
	select {
	case l.turn <- struct{}{}:
		return l.work(ctx, work)
	case <-ended.Done(): // the kernel has him; what he did will be seen
		return err
	}
}

// taken tells whether somebody works.
func (l *lane) taken() bool { return len(l.turn) > 0 }
