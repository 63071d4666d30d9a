package sim_test

// edit is of a file of internal/ha.
type edit struct{ file, old, new string }

// mutant is a rule that is removed or inverted.
type mutant struct {
	rule  string
	what  string
	edits []edit
}

func one(rule, what, file, old, new string) mutant {
	return mutant{rule, what, []edit{{file, old, new}}}
}

// mutants are the rules of the design, each removed in turn.
var mutants = []mutant{
	one("R1", "AttachVolume's refusal is taken for a yes", "volume.go",
		"case InUse, WrongState:\n", "case InUse, WrongState:\n\t\tm.attached()\n"),
	one("R1", "the epoch is made up, not written", "volume.go",
		"s.Own.Opened = r.Code == OK\n",
		"s.Own.Opened = r.Code == OK\n\t\tif r.Code == OK {\n\t\t\tm.tookEpoch(&Result{Epoch: Epoch{Number: 1}})\n\t\t}\n"),
	one("R1", "the device's serial is not looked at", "decide_candidate.go",
		"case s.Own.Opened:", "case s.Local.Device:"),
	one("R2", "AttachVolume is not tried again after a refusal", "decide_contest.go",
		"case e.Described.To != Peer:\n\t\treturn verdict{Primary, []Action{Attach}, ReasonAttaching, 0}",
		"case e.Described.To != Peer:\n\t\treturn verdict{Primary, nil, ReasonAttaching, 0}"),
	{"R2", "what a lost answer did is not found again", []edit{
		{"volume.go", "case d.To == Self && !own.Attached && m.last.goal == Primary:", "case false:"},
		{"snapshot.go", "return s.Own.Attached || s.Local.Device", "return s.Own.Attached"},
	}},
	one("R3", "the peer's agent is not asked", "evidence.go",
		"return p.SilentSince != 0 && p.SilentUntil.Sub(p.SilentSince) >= d", "return p != nil"),
	one("R3", "silence is not confirmed", "evidence.go",
		"return s.peerSilentFor(s.Config.Confirm)", "return s.Peer.SilentSince != 0"),
	one("R3", "VRRP is not listened to", "evidence.go",
		"return s.VRRP == VRRPMaster && (s.HeardAt == 0 || s.since(s.HeardAt) >= s.Config.Lease)", "return true"),
	one("R3", "a young hold is evicted", "decide_contest.go",
		"case s.young() && !s.overruling():", "case false:"),
	one("R4", "the peer is not waited for when it answers", "decide_contest.go",
		"case s.peerAnswers():\n\t\treturn takeYielded(s)\n", ""),
	one("R4", "force comes first", "decide_contest.go",
		"return verdict{Primary, []Action{DetachPeer}, ReasonDetaching, 0}",
		"return verdict{Primary, []Action{ForceDetachPeer}, ReasonDetaching, 0}"),
	one("R4", "a plain detach gets no time", "decide_contest.go",
		"case s.since(e.DetachPeerAt) < wait:", "case false && wait > 0:"),
	one("R5", "a foreign epoch is not looked for", "lease.go",
		"case IOError, ForeignEpoch:", "case IOError:"),
	one("R6", "there is no deadman", "decide.go", "case s.Now >= s.deadman():", "case false:"),
	{"R6", "nothing fences", []edit{
		{"decide.go", "case s.Now >= s.deadman():", "case false:"},
		{"lease.go", "case IOError, ForeignEpoch:\n\t\town.Lost = r.Code\n", ""},
	}},
	one("R6", "a fenced node keeps the VIP", "decide.go",
		"\tif s.Local.Address || s.Coming.Address {\n\t\ta = append(a, RemoveAddress)\n\t}\n", ""),
	one("R7", "the old lease is not waited out", "evidence.go", "if s.Now >= s.oldLeaseEnd() {", "if true {"),
	one("R7", "a lease counts from the end of the I/O", "lease.go", "m.renew(r.Started)", "m.renew(s.Now)"),
	one("R7", "a failed heartbeat renews", "lease.go",
		"case IOError, ForeignEpoch:\n", "case IOError, ForeignEpoch:\n\t\tm.renew(r.Started)\n\t\treturn\n"),
	one("R7", "the peer's word counts while it is primary", "evidence.go",
		"return s.peerAnswers() && s.Peer.AskedAt > s.Own.EpochAt && passive && !r.Lease", "_ = passive\n\treturn s.peerAnswers()"),
	{"lease", "the clock is not read again", []edit{
		{"lease.go", "prompt := r.Code == OK && s.Now.Sub(run.started) <= m.cfg.LeaseSlack && s.before(run.until)", "prompt := r.Code == OK"},
		{"sim/node.go", "w.clock(n) < min(n.leaseA, n.leaseB)", "w.clock(n) < n.leaseA"}, // what the second half was for
	}},
	one("R8", "a write is acknowledged before it is on the disk", "sim/traffic.go",
		"w.ask(i, w.seek(n), evWritten, try, n.id)",
		"w.ask(i, w.seek(n), evWritten, try, n.id)\n\t\tw.ask(i, 0, evReply, try, n.id)"),
	one("R9", "the VIP comes before the volume", "decide_contest.go",
		"return verdict{Primary, []Action{Attach}, ReasonDetaching, half}",
		"return verdict{Primary, []Action{Attach, AssignVIP}, ReasonDetaching, half}"),
	one("R9", "the VIP goes after the services", "decide.go", "\tcase s.hasVIP():\n", "\tcase s.hasVIP() && !s.hasPostgres():\n"),
	one("R9", "the VIP is not audited", "watch.go", "if owner && s.Own.VIPSeen {", "if false {"),
	one("R9", "a node without the volume keeps a VIP it finds", "snapshot.go",
		"return s.Own.Lease != 0 || s.Local.Address || s.Coming.Address", "return s.Own.Lease != 0 || s.Own.Epoch.Number != 0 && s.Local.Address"),
	one("R10", "what is left of a former life goes on", "decide_candidate.go",
		"if !s.tidy() && (why != ReasonNone || !s.adopts()) {", "if !s.tidy() && !s.Local.Device {"),
	one("R11", "the priority is not lowered", "watch.go",
		"return m.try(LowerPriority, wake)", "return wake"),
	one("R11", "the priority is not raised", "watch.go",
		"return m.try(RaisePriority, wake)", "return wake"),
	one("hold-down", "there is none", "evidence.go",
		"return r.ForcedAt != 0 && s.serverNow().Sub(r.ForcedAt) < s.Config.holdDown(r.Forces)", "return r == nil"),
	one("hold-down", "Describe is believed that the peer still has what was forced", "decide_contest.go",
		"case s.heldDown() && !s.sameHold() && !s.overruling():", "case false:"),
	one("hold-down", "AttachVolume need not have said so for long", "evidence.go",
		"e.DescribedAt.Sub(e.Watch.Since) >= s.Config.Stale", "e.DescribedAt > e.Watch.Since"),
	one("R3", "an older Describe is believed", "volume.go",
		"if d.AttachedAt != 0 && d.AttachedAt < e.Described.AttachedAt {", "if false {"),
	one("hold-down", "it does not double", "evidence.go", "for ; n > 1 && d < c.HoldDownMax; n-- {", "for ; false; n-- {"),
	one("hold-down", "the evicted takes the volume back at once", "volume.go",
		"o.Why, o.HandOver = ReasonTaken, m.s.Now.Add(2*m.cfg.RetryMax)", "o.Why = ReasonTaken"),
	one("witness", "vouches count for nothing", "evidence.go",
		"return s.Witness.Vouched && s.since(s.Witness.ProofAt) <= s.Config.VouchAge", "return false"),
	one("witness", "the frontends are not asked", "decide_contest.go", "case !s.witnessed():", "case false:"),
}
