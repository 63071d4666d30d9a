// Package boottime reads the one clock that safety may be built on here: it
// neither jumps when somebody sets the time nor stands still while a machine
// is suspended, as the monotonic clock of package time does.
package boottime

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Time is the time since this machine booted. It means nothing on another
// machine, or after a boot.
type Time time.Duration

// Now reads CLOCK_BOOTTIME.
func Now() Time {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		// Linux has had it since 2.6.39, and the address is ours.
		panic(fmt.Sprintf("boottime: %v", err))
	}
	return Time(t.Nano())
}

// Add returns the time d later.
func (t Time) Add(d time.Duration) Time { return t + Time(d) }

// Sub returns how much later than u it is.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// Before reports whether it is earlier than u.
func (t Time) Before(u Time) bool { return t < u }

func (t Time) String() string { return time.Duration(t).String() }
