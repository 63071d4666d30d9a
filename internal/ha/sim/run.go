package sim

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Failure is a seed whose schedule broke an invariant.
type Failure struct {
	Seed      uint64
	Violation *Violation
}

// Run runs the schedules of n seeds from the first on, on as many workers, and
// returns what they reached and the failure of the lowest seed found. It ends
// early with ctx or a failure: the first Stats.Schedules seeds are then done, and
// no others. progress, which may be nil, is called now and then with how many are.
func Run(ctx context.Context, first, n uint64, workers int, progress func(done uint64)) (*Stats, *Failure) {
	var next, done atomic.Uint64
	var mu sync.Mutex
	var wg sync.WaitGroup
	var failure *Failure
	var stop atomic.Bool
	total := new(Stats)
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			stats := new(Stats)
			w := NewWorld(stats)
			for !stop.Load() && ctx.Err() == nil {
				i := next.Add(1) - 1 // a seed that was drawn is run
				if i >= n {
					break
				}
				if v := w.Run(Generate(first + i)); v != nil {
					stop.Store(true)
					mu.Lock()
					if failure == nil || failure.Seed > first+i {
						failure = &Failure{first + i, v}
					}
					mu.Unlock()
				}
				done.Add(1)
			}
			mu.Lock()
			total.Add(stats)
			mu.Unlock()
		}()
	}
	finished := make(chan struct{})
	go func() { wg.Wait(); close(finished) }()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-finished:
			return total, failure
		case <-tick.C:
			if progress != nil {
				progress(done.Load())
			}
		}
	}
}
