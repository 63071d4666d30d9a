package ha

// String is the state's name in ha-status.
func (s State) String() string {
	return [...]string{"standby", "promoting", "primary", "demoting", "fenced"}[min(s, StateFenced)]
}

// Report is what the peer is told, by its question or by TellPeer.
func (m *Machine) Report() Report {
	s := &m.s
	return Report{
		State: m.state, Epoch: s.Own.Epoch.Number, Holds: s.holds(), Lease: s.before(s.Own.Lease),
		Yields: m.last.reason.yields(), Ready: m.ready(),
	}
}

// ready says that this node could take over if asked.
func (m *Machine) ready() bool {
	s := &m.s
	hindered := m.last.reason.yields() || s.Record.Maintenance || s.Local.RootFull || s.Own.Deaths > m.cfg.Restarts
	return s.LocalAt != 0 && !hindered && s.EC2.FailingAt == 0 && s.VRRP != VRRPUnknown
}

// Status is the node for people: ha-status, the log, metrics.
type Status struct {
	State    State
	Since    Instant
	Goal     Goal
	Reason   Reason
	Snapshot Snapshot // a copy; Config is shared and not to be changed
	Troubles []Trouble
}

// Trouble is an action whose last try failed.
type Trouble struct {
	Action Action
	Text   string
}

// Status returns what the node is, and why.
func (m *Machine) Status() Status {
	st := Status{State: m.state, Since: m.since, Goal: m.last.goal, Reason: m.last.reason, Snapshot: m.s}
	for a, text := range m.trouble {
		if text != "" {
			st.Troubles = append(st.Troubles, Trouble{Action(a), text})
		}
	}
	return st
}

// Reason is why the last decision was as it was.
func (m *Machine) Reason() Reason { return m.last.reason }

// State is what the node is.
func (m *Machine) State() State { return m.state }
