package ha

import (
	"time"

	"tournant/internal/boottime"
)

// Instant is a reading of CLOCK_BOOTTIME. 0 is "never".
type Instant = boottime.Time

// ServerTime is EC2's clock in Unix seconds: the Date header of an answer, or
// the AttachTime in it. It is compared with itself only, never with a clock of
// this host, and survives a reboot. 0 is "not known".
type ServerTime int64

// Sub returns the time from u to t.
func (t ServerTime) Sub(u ServerTime) time.Duration { return time.Duration(t-u) * time.Second }
