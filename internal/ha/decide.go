package ha

// verdict is Decide's answer and when, without an event, it may change.
type verdict struct {
	goal    Goal
	actions []Action
	reason  Reason
	until   Instant // 0: only an event changes it
}

// Decide says what the node should be, what to do now towards it, and why. It is
// pure and total: the same Snapshot gives the same answer, and every Snapshot
// gives one. An action that is under way, or waits for its retry, is named
// again; the machine starts each once.
func Decide(s *Snapshot) (Goal, []Action, Reason) {
	v := decide(s)
	return v.goal, v.actions, v.reason
}

func decide(s *Snapshot) verdict {
	switch {
	case s.LocalAt == 0:
		return verdict{Standby, []Action{Observe}, ReasonLooking, 0}
	case s.Own.Lost != OK:
		return fence(s, s.Own.Lost)
	case s.Own.Epoch.Number == 0:
		return candidate(s)
	case s.Now >= s.deadman():
		return fence(s, Timeout)
	}
	return incumbent(s)
}

func (s *Snapshot) deadman() Instant { return s.Own.Beat.Add(s.Config.Deadman) }

// fence ends everything here that uses the volume or the VIP, all at once and
// without waiting for I/O. Giving back the attachment comes after, as a
// standby's duty.
func fence(s *Snapshot, lost Code) verdict {
	v := verdict{goal: Fenced, actions: endNow(s)}
	switch lost {
	case IOError:
		v.reason = ReasonLostIO
	case ForeignEpoch:
		v.reason = ReasonLostEpoch
	case Timeout:
		v.reason = ReasonDeadman
	default:
		v.reason = ReasonUnfit
	}
	return v
}

// endNow is what is left to end, VIP first.
func endNow(s *Snapshot) []Action {
	var a []Action
	if s.Own.Lease != 0 {
		a = append(a, WithdrawLease)
	}
	if s.Local.Address || s.Coming.Address {
		a = append(a, RemoveAddress)
	}
	if s.hasAPI() {
		a = append(a, KillAPI)
	}
	if s.hasPostgres() {
		a = append(a, KillPostgres)
	}
	if s.hasMount() {
		a = append(a, UnmountLazily)
	}
	return a
}

// incumbent is a node that took the epoch: it holds on, or lets go in order.
func incumbent(s *Snapshot) verdict {
	if why := letGo(s); why != ReasonNone {
		return release(s, why)
	}
	return hold(s)
}

// letGo is why a node that has the volume should hand it over, if it should.
func letGo(s *Snapshot) Reason {
	switch {
	case s.VRRP == VRRPStop:
		return ReasonStopped
	case s.Record.Held:
		return ReasonHeld
	case s.Orders.Since != 0: // begun, so carried through
		return s.Orders.Why
	case s.Record.Maintenance || !s.peerReady():
		return ReasonNone
	case s.Own.Deaths > s.Config.Restarts && !s.Local.DataFull: // the peer's would end as well
		return ReasonPostgresFails
	case s.Local.RootFull:
		return ReasonRootFull
	}
	return ReasonNone
}

// release undoes hold in the opposite order, the VIP first. The detach follows
// once nothing is mounted, when the node is a candidate that stands aside.
func release(s *Snapshot, why Reason) verdict {
	do := func(a ...Action) verdict { return verdict{Standby, a, why, s.deadman()} }
	hard := s.Orders.Since != 0 && s.since(s.Orders.Since) >= s.Config.ReleaseWait*2/3
	switch l := &s.Local; {
	case hard:
		return do(endNow(s)...)
	case !s.Own.Checkpoint && l.Postgres == Running:
		return do(Checkpoint)
	case s.hasVIP():
		return do(WithdrawLease, RemoveAddress)
	case s.hasAPI():
		return do(StopAPI)
	case s.Coming.Postgres || l.Postgres != Stopped && s.Own.KillTried:
		return do(KillPostgres)
	case l.Postgres != Stopped:
		return do(StopPostgres)
	}
	return do(Unmount)
}
