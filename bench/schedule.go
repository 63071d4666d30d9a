package bench

import (
	"context"
	"sync/atomic"
	"time"
)

// schedule is when requests are due that are offered at a rate, whatever the
// answers take: without one, a slow server would be asked less and look
// better than it is.
type schedule struct {
	began    time.Time
	interval time.Duration
	taken    atomic.Int64
}

// newSchedule returns the schedule of that many requests a second from now on,
// or nil, which is always due, for a rate of 0.
func newSchedule(perSecond float64) *schedule {
	if perSecond == 0 {
		return nil
	}
	return &schedule{began: time.Now(), interval: time.Duration(float64(time.Second) / perSecond)}
}

// wait takes the next place in the schedule, waits until it is due, and
// returns by how much it was missed. It returns early when ctx ends.
func (s *schedule) wait(ctx context.Context) (late time.Duration) {
	if s == nil {
		return 0
	}
	due := s.began.Add(time.Duration(s.taken.Add(1)-1) * s.interval)
	if early := time.Until(due); early > 0 {
		pause(ctx, early)
	}
	return max(0, time.Since(due))
}
