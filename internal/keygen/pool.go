// Package keygen keeps RSA keys ready: making one takes a tenth of a second,
// and actors are made in bursts.
package keygen

import (
	"context"
	"crypto/rsa"
	"sync"
	"sync/atomic"
)

// Make makes one key.
type Make func() (*rsa.PrivateKey, error)

// Pool holds keys that one worker makes ahead.
type Pool struct {
	make  Make
	ready chan *rsa.PrivateKey
	busy  atomic.Int64 // keys being made now
	stop  context.CancelFunc
	done  sync.WaitGroup
}

// New returns a pool that keeps up to size keys. A pool of none makes each key
// when it is asked for.
func New(size int, makeKey Make) *Pool {
	ctx, stop := context.WithCancel(context.Background())
	p := &Pool{make: makeKey, ready: make(chan *rsa.PrivateKey, size), stop: stop}
	if size > 0 {
		p.done.Go(func() { p.fill(ctx) })
	}
	return p
}

// fill keeps the pool full until ctx ends. A key that could not be made is
// left to whoever asks next: it gets the error.
func (p *Pool) fill(ctx context.Context) {
	for ctx.Err() == nil {
		key, err := p.makeOne()
		if err != nil {
			return
		}
		select {
		case p.ready <- key:
		case <-ctx.Done():
		}
	}
}

func (p *Pool) makeOne() (*rsa.PrivateKey, error) {
	p.busy.Add(1)
	defer p.busy.Add(-1)
	return p.make()
}

// Key returns a key that is ready, or makes one.
func (p *Pool) Key() (*rsa.PrivateKey, error) {
	select {
	case key := <-p.ready:
		return key, nil
	default:
		return p.makeOne()
	}
}

// Stats are the counters that /_status shows.
type Stats struct {
	Ready int
	Size  int
	Busy  int // keys being made now
}

// Stats returns the counters of this moment.
func (p *Pool) Stats() Stats {
	return Stats{Ready: len(p.ready), Size: cap(p.ready), Busy: int(p.busy.Load())}
}

// Close stops the worker and waits for the key that it is making.
func (p *Pool) Close() {
	p.stop()
	p.done.Wait()
}
