package ha

// learnLease folds heartbeats into the lease. A heartbeat proves that the volume
// was ours when its I/O was applied, which is no earlier than its start: a lease
// counts from there.
//
// The kernel knows only timeouts from now, so that a renewal which is frozen
// between reading the clock and setting the timeout would be too long by the
// freeze. Half of it is therefore set first; only when the clock, read again,
// says that this took no longer than LeaseSlack, which the lease is shorter by,
// is the other half set. A freeze in the first is found before the second, and
// one in the second leaves the first, which is right.
func (m *Machine) learnLease(a Action, r *Result, run *run) {
	s, own := &m.s, &m.s.Own
	mine := own.Epoch.Number != 0 && own.Lost == OK
	switch a {
	case Heartbeat:
		if mine {
			m.beat(r)
		}
	case RenewLease:
		prompt := r.Code == OK && s.Now.Sub(run.started) <= m.cfg.LeaseSlack && s.before(run.until)
		if !mine || m.closing() {
			return
		}
		if prompt {
			m.start(ConfirmLease, run.until)
		} else {
			m.try(WithdrawLease, 0)
		}
	case ConfirmLease:
		if r.Code == OK && s.before(run.until) {
			own.Valid = run.until
		}
	case WithdrawLease:
		if r.Code == OK && m.busy[lease] == 0 {
			own.Lease, own.Valid = 0, min(own.Valid, s.Now)
		}
	}
}

func (m *Machine) beat(r *Result) {
	s, own := &m.s, &m.s.Own
	switch r.Code {
	case OK:
		own.Beat, own.HeldAt = max(own.Beat, r.Started), max(own.HeldAt, r.Started)
		m.renew(r.Started)
	case IOError, ForeignEpoch:
		own.Lost = r.Code
	}
	m.due[Heartbeat] = max(s.Now, r.Started.Add(m.cfg.HeartbeatEvery))
}

// closing says that a hand-over is past the point where it still serves.
func (m *Machine) closing() bool {
	return m.s.Orders.Since != 0 && (m.s.Own.Checkpoint || m.s.Local.Postgres != Running)
}

// renew starts the renewal that a heartbeat pays for, if nothing speaks against
// serving.
func (m *Machine) renew(started Instant) {
	s, own := &m.s, &m.s.Own
	until := started.Add(m.cfg.Lease - m.cfg.LeaseSlack)
	if !s.before(until) || m.closing() || !s.oldLeaseOver() || m.busy[lease] > 0 {
		return
	}
	own.Lease = max(own.Lease, started.Add(m.cfg.Lease))
	m.start(RenewLease, until)
}
