package ha

// result takes in how a command ended. One that nobody waits for any more says
// that the world may not be as thought, and an Attach that came through late
// says more.
func (m *Machine) result(r *Result) {
	if r.Action >= actions {
		return
	}
	if m.running[r.Action].id != r.ID || r.ID == 0 {
		m.dirty = true
		if r.Action == Attach && r.Code == OK {
			m.attached()
		}
		return
	}
	m.end(r.Action, r)
}

// end frees a command's place and folds its result.
func (m *Machine) end(a Action, r *Result) {
	run := m.running[a]
	m.running[a] = run0
	m.busy[traits[a].class]--
	if traits[a].ec2 {
		m.ec2(r.Code)
	}
	m.pace(a, r)
	m.learn(a, r, &run)
}

var run0 run

// ec2 notes whether EC2 answers us. A refusal that it understood is an answer.
func (m *Machine) ec2(c Code) {
	e := &m.s.EC2
	switch c {
	case Timeout, Unreachable, Throttled, Denied, Misconfigured:
		if e.FailingAt == 0 {
			e.FailingAt = m.s.Now
		}
	default:
		e.FailingAt = 0
	}
}

// pace sets when an action may be tried again, should it be wanted.
func (m *Machine) pace(a Action, r *Result) {
	p, least := &m.retry[a], m.cfg.RetryMin
	if r.Code == OK && (a != AuditVIP || r.Yes) {
		*p = pace{at: m.s.Now.Add(least / 2)}
		m.trouble[a] = ""
		return
	}
	if r.Code != OK {
		m.trouble[a] = r.Text
	}
	if a == AskPeer || a == AskFrontends || a == Heartbeat {
		return // their pace is watch's
	}
	most := m.cfg.RetryMax
	if m.awaits(a, r.Code) {
		most = m.cfg.AwaitEvery
	}
	p.tries = min(p.tries+1, 16)
	d := min(least<<(p.tries-1), most)
	p.at = m.s.Now.Add(d/2 + m.jitter(d/2))
}

// awaits says that an action failed because what it needs is under way and may
// be there at any moment: a detach that EC2 has taken, or the device of an
// attachment. A detach that takes as long as a hand-over may is stuck.
func (m *Machine) awaits(a Action, c Code) bool {
	e := &m.s.EC2
	switch a {
	case Attach:
		return (c == InUse || c == WrongState) && e.DetachPeerAt != 0 && m.s.since(e.DetachPeerAt) < m.cfg.ReleaseWait
	case OpenDevice:
		return c == NoDevice
	}
	return false
}

// learn folds the result of an action into the Snapshot.
func (m *Machine) learn(a Action, r *Result, run *run) {
	switch a {
	case Observe:
		m.observed(r, run)
	case AskPeer:
		m.asked(r, run)
	case AskFrontends:
		if r.Code == OK && r.Started >= m.woke {
			m.s.Witness = WitnessView{Witness: r.Witness, At: r.Started}
		}
	case AskRelease:
		if r.Code == Refused {
			m.s.Orders.TakeOver = 0
		}
	case Attach, Detach, ForceDetach, DetachPeer, ForceDetachPeer, Describe, OpenDevice, TakeEpoch:
		m.learnVolume(a, r, run)
	case Heartbeat, RenewLease, ConfirmLease, WithdrawLease:
		m.learnLease(a, r, run)
	case RaisePriority, LowerPriority:
		m.raised, m.written = a == RaisePriority, r.Code == OK
	case StopKeepalived, StartKeepalived:
		if r.Code == OK && m.unit == a {
			m.unit = ActionNone
		}
	case Persist:
		m.unsaved = m.unsaved || r.Code != OK
	default:
		m.learnLocal(a, r)
	}
}

func (m *Machine) asked(r *Result, run *run) {
	if r.Code == OK {
		m.report(&r.Report, r.Started)
		return
	}
	m.silence(run.started)
}

// observed takes in what this host looks like, unless something changed it since
// the look began.
func (m *Machine) observed(r *Result, run *run) {
	if r.Code != OK || run.started < m.touched {
		m.dirty = true
		return
	}
	s := &m.s
	if s.LocalAt != 0 && s.Local.Postgres == Running && r.Local.Postgres != Running {
		m.countDeath()
	}
	s.Local, s.LocalAt = r.Local, s.Now
}

// learnLocal folds what changed on this host.
func (m *Machine) learnLocal(a Action, r *Result) {
	l, own, done := &m.s.Local, &m.s.Own, r.Code == OK
	m.touched = m.s.Now
	m.dirty = m.dirty || !done
	switch a {
	case Mount:
		l.Mounted = l.Mounted || done
		m.unfit(r.Code)
	case Unmount, UnmountLazily:
		l.Mounted = l.Mounted && !done
	case Checkpoint:
		own.Checkpoint = true
	case StartPostgres:
		m.started(r)
	case StopPostgres, KillPostgres:
		own.KillTried = !done
		if done {
			l.Postgres = Stopped
		}
	case StartAPI:
		l.API, own.APIFailed = Running, !done
		if !done {
			l.API = Unclear
		}
	case StopAPI, KillAPI:
		if done {
			l.API = Stopped
		}
	case AddAddress:
		l.Address = l.Address || done
	case RemoveAddress:
		l.Address = l.Address && !done
	case AssignVIP, AuditVIP:
		m.learnVIP(a, r)
	}
}

func (m *Machine) started(r *Result) {
	l := &m.s.Local
	l.Postgres = Running
	if r.Code != OK {
		l.Postgres = Unclear
		m.countDeath()
	}
	m.unfit(r.Code)
}

// unfit takes in that the volume cannot be used, for a reason that trying again
// at once does not change.
func (m *Machine) unfit(c Code) {
	switch c {
	case IOError, ForeignEpoch, BadEpochBlock, WrongPostgres, Damaged, WrongDevice, Misconfigured:
		if m.s.Own.Lost == OK {
			m.s.Own.Lost = c
		}
	}
}

// learnVIP folds what EC2 and instance metadata say of the VIP. One that
// metadata does not show, though EC2 gave it, is asked for again.
func (m *Machine) learnVIP(a Action, r *Result) {
	own, now := &m.s.Own, m.s.Now
	switch {
	case r.Code != OK:
	case a == AssignVIP:
		own.VIP, own.VIPSeen, m.assigned = true, false, now
		m.retry[AuditVIP] = pace{}
	case r.Yes:
		own.VIP, own.VIPSeen = true, true
	case own.VIPSeen || now.Sub(m.assigned) >= m.cfg.Audit:
		own.VIP, own.VIPSeen = false, false
	}
}
