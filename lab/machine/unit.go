package machine

import "time"

// A Unit is a process that the init keeps, with what systemd's units of the
// same settings do for it. Whatever it leaves behind when its main process ends
// is killed.
type Unit struct {
	Name    string
	Command []string
	Enabled bool // it starts at boot
	// After is the unit that it is not started before.
	After string
	// Restart starts it again, whenever it ended without having been asked to.
	Restart bool
	// OnFailure takes an end with code 0 for one that was asked for, whoever
	// signalled it.
	OnFailure bool
	// Notify holds it for started once it says READY=1 (sd_notify).
	Notify bool
	// Watchdog ends it with SIGABRT when it has not said WATCHDOG=1 for so long.
	Watchdog time.Duration
	// StopWithin is what it has to end before it is killed; 0 is a minute.
	StopWithin time.Duration
	// StopPost runs whenever it has ended.
	StopPost []string
}

// A State is what a unit is doing.
type State string

// The states, with systemd's names.
const (
	Inactive     State = "inactive"
	Activating   State = "activating"
	Active       State = "active"
	Deactivating State = "deactivating"
	Failed       State = "failed" // it ended, and nobody had asked it to
)

const (
	// restartAfter is systemd's RestartSec.
	restartAfter = 100 * time.Millisecond
	// stopWithin is StopWithin where a unit has none, and what StopPost has.
	stopWithin = 60 * time.Second
	// abortWithin is what it has to die of SIGABRT.
	abortWithin = 2 * time.Second
)
