package ha

import "time"

// fold takes an event into the Snapshot.
func (m *Machine) fold(e *Event) {
	switch e.Kind {
	case EventResult:
		m.result(&e.Result)
	case EventVRRP:
		m.vrrp(e.VRRP)
	case EventPeer:
		m.report(&e.Report, 0)
	case EventService:
		m.died(e.Service)
	case EventRequest:
		m.request(e.Request)
	case EventTick:
	}
}

func (m *Machine) vrrp(e VRRPEvent) {
	s := &m.s
	if e == VRRPRxLower {
		s.HeardAt = s.Now
		e = VRRPMaster
	}
	if e != s.VRRP {
		s.VRRP = e
		m.hurry()
	}
}

// hurry lets what waits for a retry try again: the world has changed.
func (m *Machine) hurry() {
	for _, a := range [...]Action{Attach, Describe, AskPeer, AskFrontends} {
		m.retry[a] = pace{}
	}
	m.due[AskPeer], m.due[AskFrontends] = 0, 0
}

// died takes in that systemd saw a unit end by itself.
func (m *Machine) died(unit Action) {
	l := &m.s.Local
	switch {
	case unit == StartAPI && l.API == Running:
		l.API = Unclear
	case unit == StartPostgres && l.Postgres == Running:
		l.Postgres = Unclear
		m.countDeath()
		m.due[Heartbeat] = 0 // it may be the volume
	}
}

func (m *Machine) countDeath() {
	copy(m.deaths[1:], m.deaths[:])
	m.deaths[0] = m.s.Now
}

// report takes in what the peer's agent says of itself. askedAt is when the
// question left, 0 if there was none.
func (m *Machine) report(r *Report, askedAt Instant) {
	s, p := &m.s, &m.s.Peer
	changed := p.AnsweredAt == 0 || *r != p.Report
	learned := r.Holds && !p.Report.Holds // it could not give back what it did not know of
	p.Report, p.AskedAt, p.AnsweredAt = *r, askedAt, s.Now
	p.SilentSince, p.SilentUntil = 0, 0
	busy := r.State == StatePrimary || r.State == StatePromoting || r.State == StateDemoting
	switch {
	case !r.Yields || busy:
		p.YieldsAt = 0
	case p.YieldsAt == 0 || learned:
		p.YieldsAt = s.Now
	}
	if changed {
		m.hurry()
		s.EC2.InUseAt = 0
	}
	if r.State == StatePrimary && s.Own.Epoch.Number == 0 {
		s.Orders.HandOver, s.Orders.Since = 0, 0
	}
}

// silence takes in that a question to the peer's agent was not answered. It
// counts for no longer than an answer would have been waited for.
func (m *Machine) silence(started Instant) {
	p := &m.s.Peer
	if started < m.woke {
		return
	}
	if p.SilentSince == 0 {
		p.SilentSince, p.YieldsAt = started, 0
		m.due[AskPeer], m.due[AskFrontends] = 0, 0
	}
	p.SilentUntil = min(m.s.Now, started.Add(m.cfg.AskPeerWithin))
}

// settle draws the conclusions that need no decision.
func (m *Machine) settle() {
	s := &m.s
	s.Own.Deaths = 0
	for _, at := range m.deaths {
		if at != 0 && s.since(at) < m.cfg.RestartsWithin {
			s.Own.Deaths++
		}
	}
	if s.LocalAt != 0 && s.Own.Lease != 0 && s.Now >= s.Own.Lease && s.Own.Epoch.Number == 0 {
		s.Own.Lease, s.Own.Valid = 0, 0
	}
	s.Own.Alone = s.Own.Epoch.Number != 0 && s.oldLeaseOver()
	if s.Own.Epoch.Number != 0 || !s.before(s.Own.Adopt) || s.LocalAt != 0 && !s.adopts() {
		s.Own.Adopt = 0
	}
	s.Coming = Coming{
		Mount: m.running[Mount].id != 0, Postgres: m.running[StartPostgres].id != 0,
		API: m.running[StartAPI].id != 0, Address: m.running[AddAddress].id != 0,
	}
	switch ended := s.tidy(); {
	case ended && s.Own.Lost != OK:
		m.setback()
	case ended && s.Own.Epoch.Number != 0 && s.Orders.Since != 0:
		m.letGo()
	}
	m.patience()
}

// letGo ends a hold in good order: what the peer takes next, it was given.
func (m *Machine) letGo() {
	o := &m.s.Own
	o.Epoch, o.Opened, o.Beat = Epoch{}, false, 0
	if r := &m.s.Record; r.ForcedAt != 0 {
		r.ForcedAt, r.Took, r.Forces = 0, false, 0
		m.unsaved = true
	}
}

// setback ends a hold that the volume ended, and delays the next try.
func (m *Machine) setback() {
	o := &m.s.Own
	o.Epoch, o.Opened, o.Beat, o.Lost = Epoch{}, false, 0, OK
	o.Attached, o.GivenAt = false, 0 // whether it still is, only the device tells
	m.setbacks = min(m.setbacks+1, 5)
	delay := m.cfg.RetryMax << (m.setbacks - 1)
	o.Avoid = m.s.Now.Add(min(delay, time.Minute))
	m.s.Orders.Since, m.s.Orders.HandOver = 0, 0
	m.dirty = true
}

// patience runs while the peer answers, neither node holds the volume, and each
// may take the other for the one to go first.
func (m *Machine) patience() {
	s, p := &m.s, &m.s.Peer
	if !s.peerAnswers() || p.Report.State != StateStandby || p.Report.Holds || s.holds() {
		p.Patience = 0
	} else if p.Patience == 0 {
		p.Patience = s.Now.Add(m.cfg.RetryMax + m.jitter(m.cfg.RetryMax))
	}
}

// jitter is up to d, at random.
func (m *Machine) jitter(d time.Duration) time.Duration {
	return time.Duration(m.rng.Int64N(int64(d) + 1))
}

// adopt takes a verdict's consequences into the Snapshot: what was decided once
// is carried through.
func (m *Machine) adopt(v *verdict) {
	s := &m.s
	o := &s.Orders
	owner := s.Own.Epoch.Number != 0
	switch {
	case v.goal == Fenced && s.Own.Lost == OK:
		s.Own.Lost = Timeout
	case v.goal == Standby && owner && o.Since == 0:
		o.Since, o.Why, o.HandOver = s.Now, v.reason, s.Now.Add(m.cfg.ReleaseWait)
		s.Own.Checkpoint, s.Own.KillTried = false, false
	case v.reason == ReasonEpoch || v.reason == ReasonDevice:
		o.Since, o.HandOver = 0, 0
	case v.reason == ReasonProving && m.last.reason != ReasonProving:
		m.due[Heartbeat] = 0
	case v.reason == ReasonServing:
		o.TakeOver, m.setbacks = 0, 0
	case v.reason == ReasonTidying:
		s.Own.Adopt = 0
	}
	if v.reason < ReasonAttaching {
		m.forgetContest()
	}
	if st := m.stateOf(v); st != m.state {
		m.state, m.since = st, s.Now
	}
	if m.state == StatePrimary && s.Own.Valid != 0 && s.Record.Served != s.Own.Epoch {
		s.Record.Served, m.unsaved = s.Own.Epoch, true
	}
}

// stateOf is what people call the node.
func (m *Machine) stateOf(v *verdict) State {
	switch owner := m.s.Own.Epoch.Number != 0; {
	case v.goal == Fenced:
		return StateFenced
	case v.goal == Primary && v.reason.serving():
		return StatePrimary
	case v.goal == Primary:
		return StatePromoting
	case owner || v.reason == ReasonTidying:
		return StateDemoting
	}
	return StateStandby
}
