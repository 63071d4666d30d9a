package ha

import "time"

// Instant is a reading of CLOCK_BOOTTIME: time since boot, suspends included.
// It is comparable within one boot of one host and nowhere else. 0 is "never".
type Instant time.Duration

// Add returns the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d) }

// Sub returns the time from u to i.
func (i Instant) Sub(u Instant) time.Duration { return time.Duration(i - u) }

// String formats the instant as time since boot.
func (i Instant) String() string { return time.Duration(i).String() }

// ServerTime is EC2's clock in Unix seconds: the Date header of an answer, or
// the AttachTime in it. It is compared with itself only, never with a clock of
// this host, and survives a reboot. 0 is "not known".
type ServerTime int64

// Sub returns the time from u to t.
func (t ServerTime) Sub(u ServerTime) time.Duration { return time.Duration(t-u) * time.Second }
