// Package systemdtest is a systemd of one's own, for tests: it keeps the state
// of units and records what it was asked.
package systemdtest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tournant/internal/systemd"
)

// Unit is the state of one unit.
type Unit struct {
	Loaded, Enabled, Active bool
	Fails                   bool // when it is started
}

// Recorder is a systemd.Runner.
type Recorder struct {
	Units map[string]*Unit
	Asked []string // the commands, but those that only look
	Log   string   // of every unit
}

// New returns the Manager of a host that has been up for an hour.
func New(r *Recorder) *systemd.Manager {
	return &systemd.Manager{
		Runner: r,
		Booted: func() bool { return true },
		Uptime: func() (time.Duration, error) { return time.Hour, nil },
	}
}

var _ systemd.Runner = (*Recorder)(nil)

// Output does what systemctl would.
func (r *Recorder) Output(_ context.Context, name string, args ...string) (string, error) {
	command := name + " " + strings.Join(args, " ")
	unit := r.unit(args[len(args)-1])
	if args[0] == "show" {
		return unit.show(), nil
	}
	r.Asked = append(r.Asked, command)
	switch args[0] {
	case "daemon-reload":
		return "", nil
	case "start", "restart":
		unit.Active = !unit.Fails
	case "stop":
		unit.Active = false
	case "enable":
		unit.Enabled = true
	}
	if !unit.Loaded || unit.Fails {
		return "", &systemd.Failure{Command: command, Code: 1, Text: "the unit does not start"}
	}
	return "", nil
}

// Follow writes the log.
func (r *Recorder) Follow(_ context.Context, out io.Writer, name string, args ...string) error {
	r.Asked = append(r.Asked, name+" "+strings.Join(args, " "))
	_, err := io.WriteString(out, r.Log)
	return err
}

// Take returns what was asked since it was called last.
func (r *Recorder) Take() []string {
	asked := slices.Clone(r.Asked)
	r.Asked = nil
	return asked
}

func (r *Recorder) unit(name string) *Unit {
	if u, ok := r.Units[name]; ok {
		return u
	}
	return &Unit{}
}

// show says that the unit has been as it is for ten seconds.
func (u *Unit) show() string {
	load, active, file, pid := "not-found", "inactive", "", 0
	if u.Loaded {
		load, file = "loaded", "disabled"
	}
	if u.Enabled {
		file = "enabled"
	}
	if u.Active {
		active, pid = "active", 4711
	}
	const since = (3600 - 10) * 1_000_000
	return fmt.Sprintf("LoadState=%s\nActiveState=%s\nUnitFileState=%s\nMainPID=%d\n"+
		"ActiveEnterTimestampMonotonic=%d\nInactiveEnterTimestampMonotonic=%d\n", load, active, file, pid, since, since)
}
