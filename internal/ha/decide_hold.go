package ha

// hold brings up, step by step, what a primary is, the VIP last, and then keeps
// it. The epoch is taken.
func hold(s *Snapshot) verdict {
	do := func(why Reason, a ...Action) verdict { return verdict{Primary, a, why, s.deadman()} }
	switch l := &s.Local; {
	case !l.Mounted:
		return do(ReasonMounting, Mount)
	case l.Postgres == Unclear && s.Own.KillTried:
		return do(ReasonPostgresUnclear, KillPostgres)
	case l.Postgres == Unclear:
		return do(ReasonPostgresUnclear, StopPostgres)
	case l.Postgres == Stopped:
		return do(ReasonPostgresStarting, StartPostgres)
	case l.API == Unclear:
		return do(ReasonAPIUnclear, KillAPI)
	case l.API == Stopped && !s.Own.APIFailed:
		return do(ReasonAPIStarting, StartAPI)
	case l.API == Stopped:
		return withoutAPI(s)
	}
	return present(s)
}

// withoutAPI goes on though the API does not start here: frontends need PostgreSQL
// at the VIP, not this node's API, and a peer would not be better for certain.
func withoutAPI(s *Snapshot) verdict {
	v := present(s)
	v.actions = append([]Action{StartAPI}, v.actions...)
	if v.reason.serving() && v.reason != ReasonLapsed {
		v.reason = ReasonAPIFails
	}
	return v
}

// present puts the VIP where the volume is, and serves.
func present(s *Snapshot) verdict {
	do := func(why Reason, a ...Action) verdict { return verdict{Primary, a, why, s.deadman()} }
	switch l := &s.Local; {
	case !s.Own.VIP && s.since(s.Own.Beat) >= s.Config.Lease:
		return do(ReasonLapsed)
	case !s.Own.VIP && s.ec2Failing():
		return do(ReasonVIPUnsure, AssignVIP, AuditVIP)
	case !s.Own.VIP:
		return do(ReasonVIPAssigning, AssignVIP)
	case !l.Address:
		return do(ReasonVIPAdding, AddAddress)
	}
	return serve(s)
}

// serve is a primary with everything up: what is left is the old lease, the
// proof of its own, and what people should know.
func serve(s *Snapshot) verdict {
	v := verdict{goal: Primary, until: s.deadman()}
	switch {
	case !s.oldLeaseOver():
		v.reason, v.until = ReasonOldLease, min(v.until, s.oldLeaseEnd())
	case s.Own.Valid == 0:
		v.reason = ReasonProving
	case !s.before(s.Own.Valid):
		v.reason = ReasonLapsed
	case !s.Own.VIPSeen:
		v.reason, v.actions = ReasonVIPMoving, []Action{AuditVIP}
	case s.Local.DataFull:
		v.reason = ReasonDataFull
	case s.ec2Failing():
		v.reason = ReasonServingAlone
	default:
		v.reason = ReasonServing
	}
	if s.before(s.Own.Valid) {
		v.until = min(v.until, s.Own.Valid)
	}
	return v
}
