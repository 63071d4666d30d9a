// Package systemdtest gives tests a systemd: a Recorder, which keeps the state
// of units and what it was asked, or a real one.
package systemdtest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	"golang.org/x/sys/unix"

	"tournant/internal/systemd"
)

// Unit is the state of one unit.
type Unit struct {
	Loaded, Enabled, Active bool
	Failed                  bool // unless it is active
	Fails                   bool // when it is started
}

// Recorder is a systemd.Bus and a systemd.Journal.
type Recorder struct {
	Units map[string]*Unit
	Asked []string // what it was asked, but for what only looks
	Log   string   // of every unit
}

// New returns the Manager of a host that has been up for an hour.
func New(r *Recorder) *systemd.Manager {
	return &systemd.Manager{
		Dial:    func(context.Context) (systemd.Bus, error) { return r, nil },
		Journal: r,
		Booted:  func() bool { return true },
		Uptime:  func() (time.Duration, error) { return time.Hour, nil },
	}
}

var (
	_ systemd.Bus     = (*Recorder)(nil)
	_ systemd.Journal = (*Recorder)(nil)
)

// StartUnitContext starts a unit that does not fail.
func (r *Recorder) StartUnitContext(_ context.Context, unit, _ string, result chan<- string) (int, error) {
	return r.begin("start", unit, result)
}

// RestartUnitContext does as well.
func (r *Recorder) RestartUnitContext(_ context.Context, unit, _ string, result chan<- string) (int, error) {
	return r.begin("restart", unit, result)
}

func (r *Recorder) begin(verb, unit string, result chan<- string) (int, error) {
	u, err := r.ask(verb+" "+unit, unit)
	if err != nil {
		return 0, err
	}
	if u.Active = !u.Fails; u.Fails {
		result <- "failed"
		return 1, nil
	}
	result <- "done"
	return 1, nil
}

// StopUnitContext stops a unit.
func (r *Recorder) StopUnitContext(_ context.Context, unit, _ string, result chan<- string) (int, error) {
	u, err := r.ask("stop "+unit, unit)
	if err != nil {
		return 0, err
	}
	u.Active = false
	result <- "done"
	return 1, nil
}

// EnableUnitFilesContext enables units.
func (r *Recorder) EnableUnitFilesContext(_ context.Context, units []string, _, _ bool) (bool, []dbus.EnableUnitFileChange, error) {
	for _, unit := range units {
		u, err := r.ask("enable "+unit, unit)
		if err != nil {
			return false, nil, err
		}
		u.Enabled = true
	}
	return true, nil, nil
}

// DisableUnitFilesContext disables units.
func (r *Recorder) DisableUnitFilesContext(_ context.Context, units []string, _ bool) ([]dbus.DisableUnitFileChange, error) {
	for _, unit := range units {
		u, err := r.ask("disable "+unit, unit)
		if err != nil {
			return nil, err
		}
		u.Enabled = false
	}
	return nil, nil
}

// KillUnitWithTarget records a signal, which changes nothing but if it kills.
func (r *Recorder) KillUnitWithTarget(_ context.Context, unit string, who dbus.Who, signal int32) error {
	u, err := r.ask(fmt.Sprintf("kill %s %s %s", who, strings.TrimPrefix(unix.SignalName(unix.Signal(signal)), "SIG"), unit), unit)
	if err == nil && who == dbus.All && signal == int32(unix.SIGKILL) {
		u.Active = false
	}
	return err
}

// ReloadContext records that it was asked.
func (r *Recorder) ReloadContext(context.Context) error {
	r.Asked = append(r.Asked, "reload")
	return nil
}

// ResetFailedUnitContext changes nothing.
func (r *Recorder) ResetFailedUnitContext(context.Context, string) error { return nil }

// GetAllPropertiesContext says that the unit has been as it is for ten seconds.
func (r *Recorder) GetAllPropertiesContext(_ context.Context, unit string) (map[string]any, error) {
	u := r.Units[unit]
	if u == nil {
		u = &Unit{}
	}
	const since = uint64((3600 - 10) * 1_000_000)
	p := map[string]any{
		"LoadState": "not-found", "ActiveState": "inactive", "UnitFileState": "", "MainPID": uint32(0),
		"ActiveEnterTimestampMonotonic": since, "InactiveEnterTimestampMonotonic": since,
	}
	if u.Loaded {
		p["LoadState"], p["UnitFileState"] = "loaded", "disabled"
	}
	if u.Enabled {
		p["UnitFileState"] = "enabled"
	}
	if u.Failed {
		p["ActiveState"] = "failed"
	}
	if u.Active {
		p["ActiveState"], p["MainPID"] = "active", uint32(4711)
	}
	return p, nil
}

// Close ends nothing.
func (r *Recorder) Close() {}

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

// ask records and returns the unit, or what systemd says where there is none.
func (r *Recorder) ask(what, unit string) (*Unit, error) {
	r.Asked = append(r.Asked, what)
	if u := r.Units[unit]; u != nil && u.Loaded {
		return u, nil
	}
	return nil, NoSuchUnit(unit)
}
