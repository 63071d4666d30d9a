package vip_test

import (
	"errors"
	"testing"
	"time"

	"tournant/internal/boottime"
	"tournant/internal/vip"
)

// asleep is a clock that was read so long before the kernel hears of it.
func asleep(d time.Duration) func() boottime.Time {
	return func() boottime.Time { return boottime.Now().Add(-d) }
}

// TestSleeper: a process that sleeps between reading the clock and setting
// either half does not make the lease longer.
func TestSleeper(t *testing.T) {
	t.Parallel()
	const long = time.Minute
	for name, sleeps := range map[string][2]time.Duration{
		"awake":             {0, 0},
		"when it renews":    {long, 0},
		"when it confirms":  {0, long},
		"a moment, at each": {10 * time.Millisecond, 10 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			until := boottime.Now().Add(held)
			s.lease.SetClock(asleep(sleeps[0]))
			s.host.Do(func() error { return s.lease.Renew(until) })
			s.lease.SetClock(asleep(sleeps[1]))
			s.host.Do(func() error { return s.lease.Confirm(until) })
			s.await(t, 1, 0)
			sleepUntil(until.Add(100 * time.Millisecond)) // the time is what is tested
			frames := s.passed(t)
			if last := frames[len(frames)-1].At; last > until {
				t.Errorf("a frame left from the VIP %s after the end of the lease", last.Sub(until))
			}
		})
	}
}

// TestHalves: each half alone lets nothing out.
func TestHalves(t *testing.T) {
	t.Parallel()
	s := serve(t)
	until := boottime.Now().Add(time.Hour)
	for name, half := range map[string]func(boottime.Time) error{"renewed": s.lease.Renew, "confirmed": s.lease.Confirm} {
		s.host.Do(func() error { return half(until) })
		if frames := s.passed(t); len(frames) != 0 {
			t.Errorf("%s: %d frames left from the VIP", name, len(frames))
		}
		if left := s.lease.Remaining(); left != 0 {
			t.Errorf("%s: %s remain", name, left)
		}
		s.host.Do(s.lease.Drop)
	}
}

// TestLate: what comes too late changes nothing, and so confirms nothing.
func TestLate(t *testing.T) {
	t.Parallel()
	s := serve(t)
	now := boottime.Now()
	s.lease.SetClock(func() boottime.Time { return now })
	until := now.Add(time.Minute)
	s.host.Do(func() error { return s.lease.Renew(until) })
	now = until.Add(-time.Millisecond)
	for _, late := range []boottime.Time{until, until.Add(-time.Hour), 0} {
		for name, half := range map[string]func(boottime.Time) error{"renew": s.lease.Renew, "confirm": s.lease.Confirm} {
			if err := s.host.Try(func() error { return half(late) }); !errors.Is(err, vip.ErrLate) {
				t.Errorf("%s, %s before the end: %v, want %v", name, late.Sub(now), err, vip.ErrLate)
			}
		}
	}
	if frames := s.passed(t); len(frames) != 0 {
		t.Errorf("%d frames left from the VIP", len(frames))
	}
	now = until.Add(-time.Minute)
	s.host.Do(func() error { return s.lease.Confirm(until) })
	if left := s.lease.Remaining(); left <= 0 || left > time.Minute {
		t.Errorf("%s remain of a minute", left)
	}
	s.await(t, 1, 0)
}
