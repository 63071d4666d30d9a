package sim

import (
	"time"

	"tournant/internal/ha"
)

// evicts looks at a node that is about to take the volume from its peer (I6): no
// detector that works may speak for the peer, its hold must not be young, there
// must be no duel, and a force must be the last resort.
func (c *check) evicts(w *World, n *node, force bool) {
	p := w.peer(n)
	if w.vol.holder != p.id {
		return // too late, or by a stale Describe: it takes nothing
	}
	if p.alive && p.m.Report().Yields || p.yieldedAt != 0 && w.now-p.yieldedAt < 3*sec {
		if w.now-n.answeredAt < sec && w.answers(p) && p.m.Report().Holds && w.now-p.yieldsSince < 4500*ms {
			w.violate("I6", "be%d evicts be%d, which is about to give the volume back", n.id, p.id)
		}
		c.lastResort(w, n, force)
		return
	}
	quiet := func(at int64, d time.Duration) bool { return w.now-at >= int64(d) }
	if w.answers(p) && w.reaches(int(n.id), int(p.id)) && quiet(max(w.tcpAt, p.agentSince, n.agentSince), 3*time.Second) {
		w.violate("I6", "be%d evicts be%d, whose agent answers", n.id, p.id)
	}
	if since := time.Duration(w.now - n.answeredAt); since < w.cfg.Confirm-20*time.Millisecond {
		w.violate("I6", "be%d evicts be%d, whose agent answered %v ago", n.id, p.id, since)
	}
	if taken := w.vol.epochAt > w.vol.attachedAt; taken && w.heard(p, n) && !w.over && quiet(max(w.adsAt, p.kaSince, n.kaSince, w.vol.epochAt), 12*time.Second) {
		w.violate("I6", "be%d evicts be%d, whose keepalived can be heard", n.id, p.id)
	}
	if w.vouches(p, n) && quiet(max(w.tcpAt, p.agentSince, p.leasedSince), 4*time.Second) {
		w.violate("I6", "be%d evicts be%d, for which a frontend vouches", n.id, p.id)
	}
	c.patience(w, n, force)
	c.lastResort(w, n, force)
}

// heard says that a node's keepalived would be heard, by one that works, if it
// were master, which that of a primary is, and not that of a node whose attachment
// has brought no device yet.
func (w *World) heard(p, n *node) bool {
	k := &p.ka
	return p.power && k.running && k.state != ha.VRRPFault && k.frozen <= w.now && p.frozen <= w.now &&
		w.reaches(int(p.id), int(n.id)) && n.ka.running && n.ka.frozen <= w.now && n.ka.state != ha.VRRPFault
}

func (w *World) vouches(p, n *node) bool {
	for f := fe0; f < fe0+w.s.Frontends; f++ {
		if w.reaches(int(n.id), f) && w.reaches(f, int(p.id)) && w.answers(p) && w.leased(p) {
			return true
		}
	}
	return false
}

// knows says that a node could tell the hold that is from one before. What EC2 has once
// shown is known, however old its later answers are.
func (w *World) knows(n *node) bool { return n.shown == w.vol.gen || w.told(n) }

// told says that EC2's last answer to a node is of the hold that is.
func (w *World) told(n *node) bool { return n.fresh && n.describedAt > w.vol.attachedAt }

// patience is the guard of a young hold and the hold-down. That a stopped instance
// has started is not known by what EC2 showed before, and no reason against a plain
// detach.
func (c *check) patience(w *World, n *node, force bool) {
	age := time.Duration(w.now - w.vol.attachedAt)
	if w.over || w.cloud.stopped[1-n.id] || w.peer(n).bootAt > n.describedAt {
		return // a stopped instance needs none, and that it started cannot be known yet
	}
	knows := w.knows(n) && (force || !n.shownDown || w.told(n))
	if age < w.cfg.Young-2*time.Second && knows {
		w.violate("I6", "be%d evicts a peer that has had the volume for %v", n.id, age)
	}
	since, hold := time.Duration(w.now-n.forcedAt), w.cfg.HoldDown<<max(0, n.forces-1)
	if n.forcedAt != 0 && n.forcedGen != w.vol.gen && since < min(hold, w.cfg.HoldDownMax)-3*time.Second {
		w.violate("I6", "be%d evicts again %v after its last force, though the peer had taken the volume back", n.id, since)
	}
}

// retakes looks at a node that gets the volume (I6): one that found it taken, by its
// peer's force, leaves it to the peer for a time, unless the two can settle it.
func (c *check) retakes(w *World, n *node) {
	p := w.peer(n)
	since := w.now - n.takenAt
	forced := p.forcedAt != 0 && p.forcedGen == w.vol.gen && n.takenAt > p.forcedAt
	if forced && since < 9*sec && !w.over && !w.reaches(int(n.id), int(p.id)) && w.answers(p) && !p.m.Report().Yields {
		w.violate("I6", "be%d takes the volume back %v after it found that be%d had forced it off", n.id, time.Duration(since), p.id)
	}
}

// plain is a plain detach that reached EC2. One that was sent while nobody had the
// volume, and met an attachment made meanwhile, is its plain detach all the same.
func (c *check) plain(w *World) {
	if c.plainGen != w.vol.gen {
		c.plainGen, c.plainAt = w.vol.gen, w.now
	}
}

// lastResort: a plain detach of the hold that the node knows comes first and is given a
// second.
func (c *check) lastResort(w *World, n *node, force bool) {
	if !force {
		c.plainGen, c.plainAt = w.vol.gen, w.now
		return
	}
	if !w.knows(n) {
		return
	}
	if c.plainGen != w.vol.gen || w.now-c.plainAt < 900*ms {
		w.violate("I6", "be%d forces without having given a plain detach its time", n.id)
	}
	if n.forcedAt == 0 || w.now-n.forcedAt > 3*int64(w.cfg.HoldDown)<<max(0, n.forces-1) {
		n.forces = 0
	}
	if n.forcedGen != w.vol.gen || n.forcedAt == 0 {
		n.forces++
		n.forcedAt, n.forcedGen = w.now, w.vol.gen
	}
}
