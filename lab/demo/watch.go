package demo

import (
	"context"
	"sync"
	"time"

	"tournant/internal/ha/control"
	"tournant/lab/cluster"
)

// often is how often hosts, account and fleet are looked at, and answerWithin how
// long an agent has: one that stands still never answers.
const (
	often        = 100 * time.Millisecond
	answerWithin = time.Second
)

// watch keeps the board up to date until what it returns is called. It begins once
// there is a cluster.
func (s *show) watch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for _, name := range cluster.Backends {
		all.Go(func() { every(ctx, func() { s.ask(ctx, name) }) })
	}
	all.Go(func() { every(ctx, func() { s.board.account(s.EC2.Status()) }) })
	return func() { cancel(); all.Wait() }
}

// ask leaves a host alone while somebody switches it.
func (s *show) ask(watching context.Context, name string) {
	s.switches[name].Lock()
	defer s.switches[name].Unlock()
	var status *control.Status
	if s.board.powered(name) {
		ctx, cancel := context.WithTimeout(watching, answerWithin)
		defer cancel()
		status, _ = s.Status(ctx, name) // without an answer it is nil, which is shown
	}
	if watching.Err() == nil { // or the last that is seen were an answer not waited for
		s.board.agent(name, status)
	}
}

// switchPower does something to a host's power, and shows that.
func (s *show) switchPower(ctx context.Context, name string, to Power, do func(context.Context, string) error) error {
	s.board.power(name, to)
	s.switches[name].Lock()
	defer s.switches[name].Unlock()
	return do(ctx, name)
}

// follow counts what the fleet meets until what it returns is called.
func (s *show) follow(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	seen := 0
	look := func() {
		news := s.fleet.Since(seen)
		seen += len(news)
		s.board.count(news, s.fleet.Waiting())
	}
	all.Go(func() { every(ctx, look) })
	return func() { cancel(); all.Wait(); look() }
}

// every does something over and over until ctx ends.
func every(ctx context.Context, do func()) {
	ticker := time.NewTicker(often)
	defer ticker.Stop()
	for {
		do()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
