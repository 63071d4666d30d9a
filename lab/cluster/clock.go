package cluster

import (
	"sync/atomic"
	"time"
)

// A clock is EC2's, which can be ahead of everybody's: an attachment is as old
// as EC2 says.
type clock struct{ ahead atomic.Int64 }

// Now is EC2's.
func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// AfterFunc calls f in a goroutine of its own.
func (c *clock) AfterFunc(d time.Duration, f func()) { time.AfterFunc(d, f) }
