package sim

import (
	"time"

	"tournant/internal/ha"
)

// check is what the invariants need to remember.
type check struct {
	issued, acks, seen [keys]uint32
	sentGen            uint32 // the newest attachment under which a reply left
	lastAck            int64
	firstAck           int64
	gap                int64 // the longest time without an acknowledged write since
	plainGen           uint32
	plainAt            int64
	epochs             uint64 // at the first acknowledged write
}

// floor is the least that a read that begins now may return.
func (c *check) floor(key int8) uint32 { return max(c.acks[key], c.seen[key]) }

// acked is a write that its client takes for done (I2).
func (c *check) acked(w *World, r *request) {
	if w.vol.data[r.key] < r.value {
		w.violate("I2", "object %d was acknowledged at %d and the volume has %d", r.key, r.value, w.vol.data[r.key])
	}
	c.acks[r.key] = max(c.acks[r.key], r.value)
	if c.firstAck == 0 {
		c.firstAck, c.epochs = w.now, w.vol.epoch.Number
		w.age()
	} else {
		c.gap = max(c.gap, w.now-c.lastAck)
	}
	c.lastAck = w.now
	c.steady(w)
}

// age makes the first attachment an old one, as it is in life when faults come.
func (w *World) age() {
	if w.s.Aged && w.vol.holder != nobody {
		w.vol.attachedAt -= 7200 * sec
		w.cloud.remember(w)
		w.cloud.history[0] = w.cloud.history[(w.cloud.n-1)%len(w.cloud.history)]
		w.cloud.history[0].at = 0
		w.cloud.n = 1
	}
}

// steady is I9: nothing fails over that nothing went wrong with.
func (c *check) steady(w *World) {
	if !w.s.harmless() {
		return
	}
	if w.vol.epoch.Number != c.epochs {
		w.violate("I9", "epoch %d became %d without a cause", c.epochs, w.vol.epoch.Number)
	}
	if c.gap > 4*sec {
		w.violate("I9", "no write was acknowledged for %v without a cause", time.Duration(c.gap))
	}
}

// harmless says that none of the faults is a reason to stop serving.
func (s *Schedule) harmless() bool {
	for _, f := range s.Faults {
		switch f.Kind {
		case CutEC2, EC2Broken, EC2Throttles, EC2Loses, EC2Denies, EC2Stale, ClockJump, DataFull, Maintenance, DetachStuck:
		case HostFreeze, PowerCut, Reboot, Reset, InstanceStop, AgentKill, AgentFreeze, KeepalivedFreeze, KeepalivedKill,
			VIPStray, WrongPostgres, RootFull, BackupRecover, StopKeepalived:
			if f.Target != OnStandby {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// read is a read's answer (I3): no older than what was known when it began, no
// newer than what was ever written.
func (c *check) read(w *World, r *request, value uint32) {
	if value < r.floor || value > c.issued[r.key] {
		w.violate("I3", "object %d read as %d, which was at least %d when the read began and at most %d",
			r.key, value, r.floor, c.issued[r.key])
	}
	c.seen[r.key] = max(c.seen[r.key], value)
}

// accepted is a database write that the volume took (I1).
func (c *check) accepted(w *World, n *node, epoch uint64) {
	if epoch >= w.vol.since {
		return
	}
	if w.now < w.vol.leakUntil && w.now-w.vol.epochAt < 2500*ms {
		return // EC2 broke its promise, and the agent has had no time to see it
	}
	w.violate("I1", "a write of be%d under epoch %d was accepted after epoch %d was taken", n.id, epoch, w.vol.epoch.Number)
}

// sent is a reply that left from the VIP (I4): never from a former primary once
// the next has answered.
func (c *check) sent(w *World, n *node, gen uint32) {
	if gen < c.sentGen {
		if w.s.leaks() && w.now-w.vol.epochAt < int64(w.cfg.Lease) {
			return // the lease is from before the epoch could be seen, and the next primary took EC2 at its word
		}
		w.violate("I4", "be%d answered under attachment %d after attachment %d had answered", n.id, gen, c.sentGen)
	}
	c.sentGen = gen
}

// mounts is a mount that is about to be: of a device whose serial was looked at,
// under an epoch of this life (I8, I1).
func (c *check) mounts(w *World, n *node) {
	if n.opened == 0 {
		w.violate("I8", "be%d mounts a device whose serial it has not seen", n.id)
	}
	c.starts(w, n)
}

func (c *check) starts(w *World, n *node) {
	if w.accepts(n, n.opened) && n.epoch != w.vol.epoch && w.now >= w.vol.leakUntil {
		w.violate("I1", "be%d uses the volume without having taken an epoch in this life", n.id)
	}
}

// ends is PostgreSQL stopped in order: the VIP must be gone before (I4).
func (c *check) ends(w *World, n *node) {
	if n.pg.state == ha.Running && (n.addr && !n.stray || w.leased(n)) {
		w.violate("I4", "be%d stops PostgreSQL while the VIP is still there", n.id)
	}
}

// issues looks at commands as they are decided.
func (c *check) issues(w *World, n *node, cmd *ha.Command) {
	switch cmd.Action {
	case ha.AssignVIP:
		if w.vol.holder != n.id && w.now-n.lostAt > 4*sec && !w.s.leaks() {
			w.violate("I4", "be%d asks for the VIP %v after it lost the volume", n.id, time.Duration(w.now-n.lostAt))
		}
	case ha.DetachPeer, ha.ForceDetachPeer:
		c.evicts(w, n, cmd.Action == ha.ForceDetachPeer)
	case ha.Detach:
		if w.vol.holder == n.id {
			n.forcedAt = 0 // a release in good order
		}
	}
}
