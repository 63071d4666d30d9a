package ha

import "time"

// watch starts what is due by the clock rather than by a decision, and returns
// when to be woken: at the latest at wake.
func (m *Machine) watch(wake Instant) Instant {
	s, v := &m.s, &m.last
	owner := s.Own.Epoch.Number != 0 && s.Own.Lost == OK
	if owner {
		wake = m.every(Heartbeat, 0, wake)
	}
	wake = m.every(AskPeer, m.peerPace(), wake)
	// VRRP falls silent after the agent does, and then what the frontends say is there. A
	// keepalived that goes on without its agent is no reason to go on asking.
	if s.Peer.SilentSince != 0 && !owner && (s.VRRP != VRRPBackup || s.since(s.Peer.SilentSince) < m.cfg.RetryMax) {
		wake = m.every(AskFrontends, 2*m.cfg.AskPeerFast, wake)
	}
	if m.dirty {
		m.due[Observe] = 0
	}
	wake = m.every(Observe, m.cfg.Audit, wake)
	if owner && s.Own.VIPSeen {
		wake = m.every(AuditVIP, m.cfg.Audit, wake)
	}
	if !s.before(s.Own.Lease) {
		wake = m.every(WithdrawLease, m.cfg.FenceEvery, wake)
	}
	wake = m.every(SelfTest, m.testPace(), wake)
	if s.Own.Adopt == 0 { // else VRRP goes on as a former life left it
		wake = m.prefer(v.goal == Primary && owner && s.Own.Beat >= m.woke, wake)
	}
	if m.unit != ActionNone {
		wake = m.try(m.unit, wake)
	}
	if m.unsaved {
		wake = m.try(Persist, wake)
	}
	m.tell()
	return m.deadlines(wake)
}

// peerPace is how often the peer is asked: often while something is about to
// change.
func (m *Machine) peerPace() time.Duration {
	s := &m.s
	calm := s.peerAnswers() && s.Peer.Report.State == StatePrimary && m.state == StateStandby && s.VRRP == VRRPBackup ||
		m.state == StatePrimary && s.VRRP == VRRPMaster
	if calm {
		return m.cfg.AskPeerEvery
	}
	return m.cfg.AskPeerFast
}

// testPace is how often EC2 is tested: often once it fails, since a standby calls
// it for nothing else.
func (m *Machine) testPace() time.Duration {
	if m.s.EC2.FailingAt != 0 {
		return m.cfg.Audit
	}
	return m.cfg.SelfTestEvery
}

// every starts a question if it is due, and makes it due again after d. With d
// of 0 its result sets when.
func (m *Machine) every(a Action, d time.Duration, wake Instant) Instant {
	if m.running[a].id != 0 {
		return wake
	}
	if m.s.Now < m.due[a] {
		return min(wake, m.due[a])
	}
	before := m.id
	wake = m.try(a, wake)
	if m.id != before {
		m.due[a] = m.s.Now.Add(d)
		if a == Observe {
			m.dirty = false
		}
	}
	return wake
}

// prefer writes the track file when what it should say has changed.
func (m *Machine) prefer(raise bool, wake Instant) Instant {
	if m.written && m.raised == raise {
		return wake
	}
	if raise {
		return m.try(RaisePriority, wake)
	}
	return m.try(LowerPriority, wake)
}

// tell lets the peer know at once what it would learn by asking.
func (m *Machine) tell() {
	r := m.Report()
	r.Epoch, r.Lease, r.Ready = 0, false, false
	if r == m.told || m.running[TellPeer].id != 0 {
		return
	}
	m.told = r
	m.start(TellPeer, 0)
}

// deadlines is the earlier of wake and the end of the wait for any command.
func (m *Machine) deadlines(wake Instant) Instant {
	for a := range m.running {
		if r := &m.running[a]; r.id != 0 {
			wake = min(wake, r.deadline.Add(grace))
		}
	}
	return wake
}
