package systemd

import (
	"context"
	"fmt"
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

// State asks for the state of a unit. That there is no such unit is a state.
func (m *Manager) State(ctx context.Context, unit string) (State, error) {
	var properties map[string]any
	err := m.ask(ctx, func(bus Bus) (err error) {
		properties, err = bus.GetAllPropertiesContext(ctx, unit)
		return failure(err)
	})
	if err != nil {
		return State{}, err
	}
	load, ok1 := properties["LoadState"].(string)
	active, ok2 := properties["ActiveState"].(string)
	file, ok3 := properties["UnitFileState"].(string)
	if !ok1 || !ok2 || !ok3 {
		return State{}, fmt.Errorf("systemd does not tell the state of %s", unit)
	}
	pid, _ := properties["MainPID"].(uint32) // a unit of another kind has none
	s := State{Unit: unit, Loaded: load == "loaded", Enabled: file == "enabled", Failed: active == "failed", PID: int(pid)}
	switch active {
	case "active", "reloading", "activating", "deactivating":
		s.Active = true
	}
	s.Since, err = m.since(properties, s.Active)
	return s, err
}

// since is how long ago, in the clock that stands still for nobody, the unit
// came into its state.
func (m *Manager) since(properties map[string]any, active bool) (time.Duration, error) {
	key := "InactiveEnterTimestampMonotonic"
	if active {
		key = "ActiveEnterTimestampMonotonic"
	}
	micros, ok := properties[key].(uint64)
	if !ok || micros == 0 { // never
		return 0, nil
	}
	up, err := m.Uptime()
	if err != nil {
		return 0, err
	}
	return max(up-time.Duration(micros)*time.Microsecond, 0).Truncate(time.Second), nil
}
