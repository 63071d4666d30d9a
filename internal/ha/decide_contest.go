package ha

import "time"

// contest gets the volume. AttachVolume's yes is the only lock; everything else
// here chooses what to try until it comes.
func contest(s *Snapshot) verdict {
	switch e := &s.EC2; {
	case s.ec2Failing():
		return verdict{Primary, []Action{Attach}, ReasonAttachFails, 0}
	case e.InUseAt == 0:
		return verdict{Primary, []Action{Attach}, ReasonAttaching, 0}
	case e.DescribedAt < e.InUseAt:
		return verdict{Primary, []Action{Describe}, ReasonWhoHasIt, 0}
	case e.Described.To == Stranger:
		return verdict{Standby, []Action{Attach}, ReasonStranger, 0}
	case e.Described.To != Peer:
		return verdict{Primary, []Action{Attach}, ReasonAttaching, 0}
	case s.since(e.DescribedAt) >= 2*s.Config.RetryMax:
		return verdict{Primary, []Action{Describe}, ReasonWhoHasIt, 0}
	case s.peerAnswers():
		return takeYielded(s)
	}
	return evict(s)
}

// takeYielded detaches the volume from a peer that answers, does not use it and
// does not want it, but could not give it back. It agrees, so that a force takes
// nothing from it.
func takeYielded(s *Snapshot) verdict {
	p, e, patience := &s.Peer, &s.EC2, s.Config.DetachUnsure
	switch {
	case p.YieldsAt == 0 || s.since(p.YieldsAt) < patience:
		return verdict{Primary, []Action{Attach}, ReasonPeerSettles, p.YieldsAt.Add(patience)}
	case e.DetachPeerAt == 0:
		return verdict{Primary, []Action{DetachPeer}, ReasonYieldedDetaching, 0}
	case s.since(e.DetachPeerAt) < patience:
		return verdict{Primary, []Action{Attach}, ReasonYieldedDetaching, e.DetachPeerAt.Add(patience)}
	case e.ForcedAt == 0 || s.since(e.ForcedAt) >= 2*patience:
		return verdict{Primary, []Action{ForceDetachPeer}, ReasonYieldedForcing, 0}
	}
	return verdict{Primary, []Action{Attach}, ReasonForced, e.ForcedAt.Add(2 * patience)}
}

// evict takes the volume from a peer whose agent and keepalived are silent, when
// nothing speaks for it.
func evict(s *Snapshot) verdict {
	c := s.Config
	switch {
	case !s.witnessed():
		return verdict{Primary, []Action{AskFrontends}, ReasonAskingFrontends, 0}
	case s.vouched():
		return verdict{Standby, nil, ReasonVouched, s.Witness.ProofAt.Add(c.VouchAge + 1)}
	case s.EC2.Described.PeerDown && s.EC2.DetachPeerAt == 0:
		return verdict{Primary, []Action{DetachPeer}, ReasonPeerDown, 0}
	case s.EC2.Described.PeerDown && s.since(s.EC2.DetachPeerAt) < c.DetachUnsure:
		return verdict{Primary, []Action{Attach}, ReasonPeerDown, s.EC2.DetachPeerAt.Add(c.DetachUnsure)}
	case s.young() && !s.overruling():
		return verdict{Standby, []Action{Attach}, ReasonYoung, s.Now.Add(time.Second)}
	case s.heldDown() && s.tookBack() && !s.overruling():
		return verdict{Standby, []Action{Attach}, ReasonHoldDown, s.Now.Add(time.Second)}
	case s.awaited() && !s.overruling():
		return verdict{Primary, []Action{Attach}, ReasonForced, s.EC2.ForcedAt.Add(c.Stale)}
	case s.heldDown() && !s.sameHold() && !s.overruling():
		return verdict{Standby, []Action{Attach}, ReasonNewHold, s.Now.Add(time.Second)}
	case s.since(s.EC2.DescribedAt) >= c.Lease:
		return verdict{Primary, []Action{Describe}, ReasonStale, 0}
	case s.EC2.DetachPeerAt == 0:
		return verdict{Primary, []Action{DetachPeer}, ReasonDetaching, 0}
	}
	return force(s)
}

// force is the last step of evict: a plain detach was asked for and is given its
// time before it is forced. Half way EC2 is asked again, lest the force hit a new
// attachment.
func force(s *Snapshot) verdict {
	c, e := s.Config, &s.EC2
	wait := c.DetachUnsure
	if s.unanimous() {
		wait = c.DetachSure
	}
	half := e.DetachPeerAt.Add(wait / 2)
	switch {
	case s.Now < half:
		return verdict{Primary, []Action{Attach}, ReasonDetaching, half}
	case e.DescribedAt < half:
		return verdict{Primary, []Action{Attach, Describe}, ReasonDetaching, 0}
	case s.since(e.DetachPeerAt) < wait:
		return verdict{Primary, []Action{Attach}, ReasonDetaching, e.DetachPeerAt.Add(wait)}
	case e.ForcedAt == 0 || s.since(e.ForcedAt) >= 2*c.DetachUnsure:
		return verdict{Primary, []Action{ForceDetachPeer}, ReasonForcing, 0}
	}
	return verdict{Primary, []Action{Attach}, ReasonForced, e.ForcedAt.Add(2 * c.DetachUnsure)}
}
