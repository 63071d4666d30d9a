package aws

import (
	"context"
	"time"
)

// Backoff is how long to wait between attempts: from First it doubles up to
// Max, and half of each wait is chance, so that two hosts that were refused
// together do not come back together.
type Backoff struct {
	First, Max time.Duration
	Rand       func() float64 // from 0 to less than 1
}

// MaxBackoff is the longest wait there is: a primary that waits longer is
// missed.
const MaxBackoff = 5 * time.Second

// Wait returns how long to wait after so many failures in a row, of which
// there is at least one.
func (b Backoff) Wait(failures int) time.Duration {
	longest := min(b.Max, MaxBackoff)
	wait := b.First
	for i := 1; i < failures && wait < longest; i++ {
		wait *= 2
	}
	wait = min(wait, longest)
	return wait/2 + time.Duration(b.Rand()*float64(wait/2))
}

// Retry does what can be done twice, until it succeeds, fails with an error
// that is not temporary, or has failed so often; or until ctx is over, or
// will be before the next attempt. It returns the last error.
//
// It is for questions. A deed that was right is not right for ever: a volume
// to be taken from a silent peer may have been given back, an address to be
// taken may by now be another's. Whoever repeats one decides anew, and uses
// Wait.
func Retry(ctx context.Context, b Backoff, attempts int, do func(context.Context) error) error {
	for failures := 1; ; failures++ {
		err := do(ctx)
		if err == nil || !IsTemporary(err) || failures >= attempts {
			return err
		}
		wait := b.Wait(failures)
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}
