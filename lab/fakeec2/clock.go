package fakeec2

import (
	"sort"
	"sync"
	"time"
)

// A Clock is the time that the fake lives in: its Date headers, the age that it
// allows a signature, and how long attaching takes.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once d has passed, never before it has returned.
	AfterFunc(d time.Duration, f func())
}

// SystemClock is the machine's.
type SystemClock struct{}

// Now is the wall clock's time.
func (SystemClock) Now() time.Time { return time.Now() }

// AfterFunc calls f in a goroutine of its own.
func (SystemClock) AfterFunc(d time.Duration, f func()) { time.AfterFunc(d, f) }

// A ManualClock stands still until somebody advances it.
type ManualClock struct {
	mu    sync.Mutex
	now   time.Time
	alarm []alarm
}

type alarm struct {
	at time.Time
	f  func()
}

// NewManualClock stands at now.
func NewManualClock(now time.Time) *ManualClock { return &ManualClock{now: now} }

// Now is where the clock stands.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc waits for Advance.
func (c *ManualClock) AfterFunc(d time.Duration, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarm = append(c.alarm, alarm{c.now.Add(d), f})
	sort.SliceStable(c.alarm, func(i, j int) bool { return c.alarm[i].at.Before(c.alarm[j].at) })
}

// Advance moves the clock by d and returns once everything that became due,
// also through what was due, has run, each at its own time.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	for len(c.alarm) > 0 && !c.alarm[0].at.After(end) {
		next := c.alarm[0]
		c.alarm = c.alarm[1:]
		c.now = next.at
		c.mu.Unlock()
		next.f()
		c.mu.Lock()
	}
	c.now = end
	c.mu.Unlock()
}
