package ha

// candidate is a node without the epoch: it stands by, gives back what it should
// not have, or sets out to become primary.
func candidate(s *Snapshot) verdict {
	why, until := barred(s)
	if !s.tidy() && (why != ReasonNone || !s.adopts()) {
		return verdict{Standby, endNow(s), ReasonTidying, 0}
	}
	if why != ReasonNone {
		return aside(s, why, until)
	}
	if s.holds() {
		return resume(s)
	}
	return standby(s)
}

// barred is why this node must not become primary, whatever the peer does.
func barred(s *Snapshot) (Reason, Instant) {
	switch {
	case s.takingOver():
		return ReasonNone, 0
	case s.VRRP == VRRPStop:
		return ReasonStopped, 0
	case s.VRRP == VRRPFault:
		return ReasonLinkDown, 0
	case s.Record.Held:
		return ReasonHeld, 0
	case s.handingOver() && !s.stranded():
		return s.Orders.Why, s.Orders.HandOver
	case s.before(s.Own.Avoid):
		return ReasonAvoiding, s.Own.Avoid
	}
	return ReasonNone, 0
}

// stranded says that the volume cannot be given back because EC2 does not
// answer: then a hand-over has failed, and this node takes up service again.
func (s *Snapshot) stranded() bool {
	o := &s.Own
	return o.DetachAt != 0 && s.since(o.DetachAt) >= s.Config.RetryMax && s.Local.Device && s.ec2Failing()
}

// aside gives back an attachment. Nothing here uses the volume, so that forcing
// it off ourselves loses nothing.
func aside(s *Snapshot, why Reason, until Instant) verdict {
	v := verdict{goal: Standby, reason: why, until: until}
	switch {
	case !s.holds():
	case s.Own.DetachAt != 0 && s.since(s.Own.DetachAt) >= s.Config.DetachUnsure:
		v.actions = []Action{ForceDetach}
	default:
		v.actions = []Action{Detach}
	}
	return v
}

// resume goes from an attachment, fresh or found, to the epoch.
func resume(s *Snapshot) verdict {
	switch {
	case s.peerUses():
		return aside(s, ReasonBothHold, 0)
	case s.Own.Opened:
		return verdict{Primary, []Action{TakeEpoch}, ReasonEpoch, 0}
	case s.Own.Attached && s.since(s.Own.AttachedAt) >= s.Config.AttachStuck:
		return aside(s, ReasonAttachStuck, 0)
	case s.Own.Attached && s.since(s.Own.AttachedAt) >= s.Config.RetryMax && s.since(s.EC2.DescribedAt) >= s.Config.RetryMax:
		return verdict{Primary, []Action{OpenDevice, Describe}, ReasonDevice, s.Own.AttachedAt.Add(s.Config.AttachStuck)}
	}
	return verdict{Primary, append([]Action{OpenDevice}, routeEarly(s)...), ReasonDevice, s.Own.AttachedAt.Add(s.Config.RetryMax)}
}

// routeEarly has EC2 move the VIP beside the volume, which takes as long. From
// the moment AttachVolume says yes, the peer cannot serve anyhow; the address
// goes on the network interface last all the same, and nothing leaves from it
// without a lease. A yes that is not new may be out of date, and the VIP the
// peer's again.
func routeEarly(s *Snapshot) []Action {
	if s.Own.GivenAt == 0 || s.Own.VIP || s.since(s.Own.GivenAt) >= s.Config.Lease/2 {
		return nil
	}
	return []Action{AssignVIP}
}

// standby holds nothing and asks whether it should.
func standby(s *Snapshot) verdict {
	wait := func(why Reason) verdict { return verdict{Standby, nil, why, 0} }
	switch {
	case s.takingOver() && s.peerUses():
		return verdict{Standby, []Action{AskRelease}, ReasonAskingRelease, s.Orders.TakeOver}
	case s.peerUses():
		return wait(ReasonPeerPrimary)
	case s.takingOver() && s.peerAnswers() || s.overruling() && s.peerSilent():
		return contest(s)
	case s.Record.Maintenance:
		return wait(ReasonMaintenance)
	case s.peerAnswers():
		return beside(s)
	case !s.peerSilent():
		return wait(ReasonConfirming)
	case s.vrrpSilent():
		return contest(s)
	case s.peerSilentFor(s.Config.ReleaseWait):
		return verdict{Standby, []Action{Attach}, ReasonVRRPHears, 0}
	case s.VRRP == VRRPBackup || s.VRRP == VRRPMaster:
		return wait(ReasonVRRPHears)
	}
	return wait(ReasonVRRPUnknown)
}

// beside is a standby whose peer answers and does not use the volume.
func beside(s *Snapshot) verdict {
	switch r := &s.Peer.Report; {
	case r.State == StateDemoting:
		return verdict{Standby, nil, ReasonPeerDemoting, 0}
	case r.Yields || s.VRRP == VRRPMaster || s.Peer.Patience != 0 && !s.before(s.Peer.Patience):
		return contest(s)
	}
	return verdict{Standby, nil, ReasonPeerLeads, s.Peer.Patience}
}
