package ha

// attached takes in that EC2 gave us the volume.
func (m *Machine) attached() {
	own := &m.s.Own
	if own.Epoch.Number != 0 {
		return
	}
	own.Attached, own.AttachedAt, own.GivenAt, own.Opened, own.DetachAt = true, m.s.Now, 0, false, 0
	own.VIP, own.VIPSeen = false, false
	m.forgetContest()
	m.s.EC2.DescribedAt = 0
	m.retry[OpenDevice], m.retry[TakeEpoch] = pace{}, pace{}
}

// detached takes in that the volume is not ours any more.
func (m *Machine) detached() {
	own := &m.s.Own
	own.Attached, own.GivenAt, own.Opened, own.DetachAt = false, 0, false, 0
	m.s.Local.Device = false
	m.touched, m.dirty = m.s.Now, true
}

func (m *Machine) learnVolume(a Action, r *Result, run *run) {
	s := &m.s
	switch a {
	case Attach:
		m.learnAttach(r.Code, run.started)
	case Detach, ForceDetach:
		m.learnDetach(r.Code)
	case DetachPeer:
		m.learnDetachPeer(r.Code)
	case ForceDetachPeer:
		m.retry[Attach] = pace{}
		switch r.Code {
		case NotAttached:
			m.forgetContest()
		case Throttled, Denied, Misconfigured:
			m.s.EC2.Watch.Pending = true
		}
	case Describe:
		if r.Code == OK {
			m.described(&r.Attachment)
		}
	case OpenDevice:
		s.Own.Opened = r.Code == OK
		s.Local.Device = r.Code == OK
		m.touched = s.Now
	case TakeEpoch:
		m.tookEpoch(r)
	}
}

func (m *Machine) learnAttach(c Code, started Instant) {
	e := &m.s.EC2
	switch c {
	case OK:
		m.attached()
		if s := &m.s; s.Own.Attached && s.since(started) <= m.cfg.Lease/2 { // a yes that was long on its way may be out of date
			s.Own.GivenAt = s.Now
		}
	case InUse, WrongState:
		if !m.s.watched() {
			e.Watch = Watch{Since: m.s.Now}
		}
		e.Watch.Last = started
		if e.InUseAt == 0 || e.Described.To != Peer {
			e.InUseAt = m.s.Now
			m.retry[Describe] = pace{}
		}
	}
}

// learnDetach: what was taken from us, rather than given back, is no sign of a
// bad volume, but of a peer that is about to attach it: it is given the time.
func (m *Machine) learnDetach(c Code) {
	if c != OK && c != NotAttached {
		return
	}
	if c == NotAttached {
		m.s.Own.Avoid, m.setbacks = 0, 0
		o := &m.s.Orders
		o.Why, o.HandOver = ReasonTaken, m.s.Now.Add(2*m.cfg.RetryMax)
	}
	if m.last.reason == ReasonAttachStuck {
		m.attempt++
	}
	m.detached()
}

func (m *Machine) learnDetachPeer(c Code) {
	switch c {
	case OK, WrongState:
		m.s.EC2.DetachPeerAt = m.s.Now
		m.retry[Attach] = pace{}
	case NotAttached:
		m.forgetContest()
		m.retry[Attach] = pace{}
	}
}

// described takes in what EC2 shows, which may be old. It is believed to choose
// what to try next: that the volume is here is for OpenDevice and TakeEpoch to
// prove, that it is not, for whoever has no device of it.
func (m *Machine) described(d *Attachment) {
	e, own := &m.s.EC2, &m.s.Own
	if d.AttachedAt != 0 && d.AttachedAt < e.Described.AttachedAt {
		e.Described.Date, e.DescribedAt = d.Date, m.s.Now // older than what it showed before
		e.Described.PeerDown = e.Described.PeerDown && d.PeerDown
		return
	}
	if d.To != e.Described.To || d.AttachedAt != e.Described.AttachedAt {
		e.DetachPeerAt, e.ForcedAt, e.Watch = 0, 0, Watch{}
	}
	e.Described, e.DescribedAt = *d, m.s.Now
	switch {
	case d.To == Self && !own.Attached && m.last.goal == Primary:
		own.Attached, own.AttachedAt, own.Opened, own.DetachAt = true, m.s.Now, false, 0
	case d.To != Self && own.Attached && !own.Opened && !m.s.Local.Device:
		m.detached()
	}
}

func (m *Machine) tookEpoch(r *Result) {
	s, own := &m.s, &m.s.Own
	switch r.Code {
	case OK:
		if !own.Attached {
			own.Attached, own.AttachedAt = true, s.Now
		}
		own.Epoch, own.EpochAt, own.Beat, own.HeldAt = r.Epoch, s.Now, s.Now, s.Now
		own.RivalAt = s.Now
		if m.handedOn(&r.Previous) {
			own.RivalAt = own.GivenAt
		}
		if own.GivenAt == 0 {
			own.VIP, own.VIPSeen = false, false
		}
		own.Checkpoint, own.KillTried, own.DetachAt, own.GivenAt = false, false, 0, 0
		// Nobody took the volume since this node served, after every older lease.
		own.Valid, own.Alone = 0, r.Previous.Number != 0 && r.Previous == s.Record.Served
		if s.Record.ForcedAt != 0 && !s.Record.Took {
			s.Record.Took, m.unsaved = true, true
		}
		m.due[Heartbeat] = s.Now
	case NoDevice:
		own.Opened = false
		m.dirty = true
	default:
		m.unfit(r.Code)
	}
}

// handedOn says that nobody took the volume between the peer, as far as we heard of
// it, and us: the epoch that ours follows is the one that the peer last told of. To
// have had the volume again after AttachVolume's yes to us, it would have had to
// take another.
func (m *Machine) handedOn(previous *Epoch) bool {
	return m.s.Own.GivenAt != 0 && previous.Node == Peer && previous.Number != 0 && previous.Number == m.s.Peer.Report.Epoch
}
