package agent

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"tournant/internal/boottime"
	"tournant/internal/ha"
)

// now is the one clock here.
func now() ha.Instant { return boottime.Now() }

// alarm rings at an instant of CLOCK_BOOTTIME. Go's own timers stand still while
// the machine is suspended; this one is due when it wakes.
type alarm struct {
	C    <-chan struct{}
	fd   int
	file *os.File
	set  ha.Instant
}

func newAlarm() (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_BOOTTIME, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("make the timer of the loop: %w", err)
	}
	rings := make(chan struct{}, 1)
	a := &alarm{C: rings, fd: fd, file: os.NewFile(uintptr(fd), "timerfd")}
	go func() {
		var count [8]byte
		for {
			if _, err := a.file.Read(count[:]); err != nil {
				return // closed
			}
			select {
			case rings <- struct{}{}:
			default: // it rings already
			}
		}
	}()
	return a, nil
}

// At sets it, at once if the instant has passed. One instant at a time: an
// earlier setting is forgotten, though what it rang may still be in C.
func (a *alarm) At(i ha.Instant) error {
	if i == a.set {
		return nil
	}
	a.set = i
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(max(int64(i), 1))} // 0 would disarm it
	if err := unix.TimerfdSettime(a.fd, unix.TFD_TIMER_ABSTIME, &spec, nil); err != nil {
		return fmt.Errorf("set the timer of the loop: %w", err)
	}
	return nil
}

func (a *alarm) Close() { _ = a.file.Close() } // it was only read

// asleep is how long this machine was suspended since it booted.
func asleep() time.Duration {
	var mono unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono); err != nil {
		return 0 // there is such a clock
	}
	return time.Duration(boottime.Now()) - time.Duration(mono.Nano())
}
