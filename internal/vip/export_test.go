package vip

import "tournant/internal/boottime"

// SetClock has a lease read another clock.
func (l *Lease) SetClock(now func() boottime.Time) { l.now = now }
