package systemd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// State is what systemd knows of a unit.
type State struct {
	Unit    string
	Loaded  bool          // there is such a unit
	Enabled bool          // it starts with the host
	Active  bool          // it runs
	Failed  bool          // it ended, and not because it was asked to
	PID     int           // of its main process; 0: none
	Since   time.Duration // how long it has been so
}

const properties = "LoadState,ActiveState,UnitFileState,MainPID,ActiveEnterTimestampMonotonic,InactiveEnterTimestampMonotonic"

// State asks for the state of a unit. That there is no such unit is a state.
func (m *Manager) State(ctx context.Context, unit string) (State, error) {
	out, err := m.systemctl(ctx, "show", "--property="+properties, unit)
	if err != nil {
		return State{}, err
	}
	values := map[string]string{}
	for line := range strings.Lines(out) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[key] = value
	}
	s := State{
		Unit:    unit,
		Loaded:  values["LoadState"] == "loaded",
		Enabled: values["UnitFileState"] == "enabled",
		Failed:  values["ActiveState"] == "failed",
	}
	switch values["ActiveState"] {
	case "active", "reloading", "activating", "deactivating":
		s.Active = true
	}
	if s.PID, err = strconv.Atoi(values["MainPID"]); err != nil {
		return s, fmt.Errorf("read the state of %s: MainPID is %q", unit, values["MainPID"])
	}
	s.Since, err = m.since(values, s.Active)
	return s, err
}

// since is how long ago, in the clock that stands still for nobody, the unit
// came into its state.
func (m *Manager) since(values map[string]string, active bool) (time.Duration, error) {
	key := "InactiveEnterTimestampMonotonic"
	if active {
		key = "ActiveEnterTimestampMonotonic"
	}
	micros, err := strconv.ParseInt(values[key], 10, 64)
	if err != nil || micros == 0 { // never
		return 0, nil //nolint:nilerr // an older systemd that does not say is no failure
	}
	up, err := m.Uptime()
	if err != nil {
		return 0, err
	}
	return max(up-time.Duration(micros)*time.Microsecond, 0).Truncate(time.Second), nil
}
