package vip

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tournant/internal/boottime"
	"tournant/internal/netnstest"
)

// TestRenewLate: the process sleeps between reading the clock and hearing that
// the kernel counts. A short sleep costs another try; a long one, or one that
// comes every time, the lease.
func TestRenewLate(t *testing.T) {
	host, _ := netnstest.Pair(t)
	var l *Lease
	host.Do(func() (err error) {
		l, err = NewLease(netip.MustParseAddr("10.9.0.9"))
		return err
	})
	elements := func() int {
		return strings.Count(host.Output("nft", "list", "ruleset"), "10.9.0.9 timeout")
	}
	const lease = 3 * time.Second
	for name, test := range map[string]struct {
		sleeps []time.Duration // at each reading of the clock, from the second on
		err    error
	}{
		"awake":            {[]time.Duration{0}, nil},
		"slow":             {[]time.Duration{80 * time.Millisecond}, nil},
		"once too slow":    {[]time.Duration{time.Second, 0, 0}, nil},
		"always too slow":  {[]time.Duration{200 * time.Millisecond, 0, 200 * time.Millisecond, 0, 200 * time.Millisecond}, ErrLate},
		"asleep too long":  {[]time.Duration{lease}, ErrLate},
		"asleep for hours": {[]time.Duration{10 * time.Hour}, ErrLate},
	} {
		now, reads := boottime.Now(), 0
		until := now.Add(lease)
		l.now = func() boottime.Time {
			if reads > 0 && reads <= len(test.sleeps) {
				now = now.Add(test.sleeps[reads-1])
			}
			reads++
			return now
		}
		err := host.Try(func() error { return l.Renew(until) })
		if !errors.Is(err, test.err) || (err != nil) != (test.err != nil) {
			t.Errorf("%s: %v, want %v", name, err, test.err)
		}
		// In both tables, or in none.
		want := 2
		if test.err != nil {
			want = 0
		}
		if got := elements(); got != want {
			t.Errorf("%s: %d elements in the kernel, want %d", name, got, want)
		}
		if left := l.Remaining(); (left > 0) != (test.err == nil) || left > max(until.Sub(now), 0) {
			t.Errorf("%s: %s remain", name, left)
		}
	}

	now := boottime.Now()
	l.now = func() boottime.Time { return now }
	for _, until := range []boottime.Time{now, now.Add(-time.Hour), now.Add(slack)} {
		if err := host.Try(func() error { return l.Renew(until) }); !errors.Is(err, ErrLate) {
			t.Errorf("a lease that ends in %s: %v, want %v", until.Sub(now), err, ErrLate)
		}
	}
}
