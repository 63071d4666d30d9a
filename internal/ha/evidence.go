package ha

import "time"

// The peer's agent answers, or its silence is confirmed, or neither is certain.

// peerAnswers says that the last question was answered, and not long ago.
func (s *Snapshot) peerAnswers() bool {
	p := &s.Peer
	return p.SilentSince == 0 && p.AnsweredAt != 0 && s.since(p.AnsweredAt) < 2*s.Config.AskPeerEvery+s.Config.AskPeerWithin
}

// peerSilent says that no question was answered for the time that R3 asks.
func (s *Snapshot) peerSilent() bool { return s.peerSilentFor(s.Config.Confirm) }

func (s *Snapshot) peerSilentFor(d time.Duration) bool {
	p := &s.Peer
	return p.SilentSince != 0 && p.SilentUntil.Sub(p.SilentSince) >= d
}

// peerUses says that the peer has the volume and means to use it.
func (s *Snapshot) peerUses() bool {
	r := &s.Peer.Report
	return s.peerAnswers() && (r.State == StatePrimary || r.State == StatePromoting && r.Holds)
}

// peerReady says that the peer answers and could take over.
func (s *Snapshot) peerReady() bool { return s.peerAnswers() && s.Peer.Report.Ready }

// adopts says that what a former life of this agent left running may become this
// one's. The volume is here and mounted; that nobody had it in between, TakeEpoch
// finds out before it writes: the epoch must be the one that life served under.
func (s *Snapshot) adopts() bool {
	return s.before(s.Own.Adopt) && s.Local.Device && s.Local.Mounted && !s.peerUses()
}

// vrrpSilent says that keepalived works here, leads, and hears nobody: no advert
// since three of the slowest kind.
func (s *Snapshot) vrrpSilent() bool {
	return s.VRRP == VRRPMaster && (s.HeardAt == 0 || s.since(s.HeardAt) >= s.Config.Lease)
}

// vouched says that a frontend passed on a proof of the peer's lease that is
// young enough to count.
func (s *Snapshot) vouched() bool {
	return s.Witness.Vouched && s.since(s.Witness.ProofAt) <= s.Config.VouchAge
}

// witnessed says that the frontends were asked since the peer fell silent, and
// not long ago.
func (s *Snapshot) witnessed() bool {
	w := &s.Witness
	return w.At != 0 && w.At >= s.Peer.SilentSince && s.since(w.At) <= s.Config.Confirm
}

// unanimous says that every detector could say, and said that the peer is dead.
// That VRRP and the agent are silent is known where this is asked.
func (s *Snapshot) unanimous() bool { return s.Witness.Asked == 0 || s.Witness.Answered > 0 }

// serverNow is EC2's clock now, by its last answer and the time since.
func (s *Snapshot) serverNow() ServerTime {
	return s.EC2.Described.Date + ServerTime(s.since(s.EC2.DescribedAt)/time.Second)
}

// young says that the peer has had the volume for so short a time that its
// silence may be its start. The volume that we had ourselves until just now is
// young whatever a stale Describe says.
func (s *Snapshot) young() bool {
	d := &s.EC2.Described
	return s.serverNow().Sub(d.AttachedAt) <= s.Config.Young || s.Own.HeldAt != 0 && s.since(s.Own.HeldAt) <= s.Config.Young
}

// tookBack says that the peer, which has the volume, took it after our last
// force. All times in it are EC2's.
func (s *Snapshot) tookBack() bool {
	r := &s.Record
	return r.ForcedAt != 0 && (r.Took || s.EC2.Described.AttachedAt >= r.ForcedAt)
}

// heldDown says that after our last force the time to leave a peer alone that
// took the volume back is not over.
func (s *Snapshot) heldDown() bool {
	r := &s.Record
	return r.ForcedAt != 0 && s.serverNow().Sub(r.ForcedAt) < s.Config.holdDown(r.Forces)
}

// sameHold says that the peer's hold is the one that our last force was of. That
// Describe shows one from before the force is not enough: the answer may be old.
// AttachVolume must have said for as long as it may be, without a pause, that the
// volume is taken, unless EC2 has not taken the force at all.
func (s *Snapshot) sameHold() bool {
	r, e := &s.Record, &s.EC2
	if r.ForcedAt == 0 || s.tookBack() || !s.watched() {
		return false
	}
	return e.Watch.Pending || e.DescribedAt.Sub(e.Watch.Since) >= s.Config.Stale
}

// awaited says that EC2 may have taken a force of ours that another would only
// repeat, or meet a new hold that Describe does not show yet.
func (s *Snapshot) awaited() bool {
	e := &s.EC2
	return e.ForcedAt != 0 && !e.Watch.Pending && s.since(e.ForcedAt) < s.Config.Stale
}

// watched says that the watch goes on: AttachVolume is tried every RetryMax, and
// calls to EC2 take their time.
func (s *Snapshot) watched() bool {
	w := &s.EC2.Watch
	return w.Since != 0 && s.since(w.Last) <= s.Config.RetryMax*3/2
}

// holdDown is the time between forces in a duel of n forces so far.
func (c *Config) holdDown(n uint8) time.Duration {
	d := c.HoldDown
	for ; n > 1 && d < c.HoldDownMax; n-- {
		d *= 2
	}
	return min(d, c.HoldDownMax)
}

// oldLeaseOver says that the former primary's last packet has left: the time of
// a lease, by the slower of two clocks, has passed since it could last prove one,
// or the peer said, asked after the epoch was ours, that it holds no lease and is
// not about to. Once over it stays so: the peer gets no lease without an epoch of
// its own.
func (s *Snapshot) oldLeaseOver() bool {
	if s.Own.Alone {
		return true
	}
	if s.Now >= s.oldLeaseEnd() {
		return true
	}
	r := &s.Peer.Report
	passive := r.State == StateStandby || r.State == StateFenced
	return s.peerAnswers() && s.Peer.AskedAt > s.Own.EpochAt && passive && !r.Lease
}

func (s *Snapshot) oldLeaseEnd() Instant {
	return s.Own.RivalAt.Add(s.Config.Lease + time.Duration(float64(s.Config.Lease)*s.Config.Drift))
}
