package sim

import (
	"tournant/internal/ha"
)

const (
	nobody   = int8(-1)
	stranger = int8(2) // a third instance
)

// node is a backend: its power, its kernel, its processes.
type node struct {
	id     int8
	ppm    int64 // how fast its clock is, in parts per million
	power  bool
	boot   uint32
	bootAt int64
	frozen int64 // until when the whole host is

	alive       bool // the agent is
	life        uint32
	agentFrozen int64
	m           *ha.Machine
	wake        uint32
	record      ha.Record // on its disk
	reason      ha.Reason
	trap        trap

	leaseA, leaseB ha.Instant // the kernel's, by this host's clock
	addr           bool
	stray          bool   // and not by the agent
	conns          uint32 // of connections through the VIP: one that changed is reset
	device         uint32 // the attachment whose device is there, 0 if none
	opened         uint32
	mounted        uint32 // the attachment that is mounted
	epoch          ha.Epoch
	pg             database
	writing        int // I/Os of PostgreSQL that are under way: their processes cannot be killed
	api            ha.Service
	rootFull       bool
	wrongPostgres  bool
	dataFull       bool
	misdevice      int64 // until when the device node is another volume's
	lateIO         int64 // until when its I/O may take long
	metadata       bool  // instance metadata shows the VIP
	raised         bool  // the track file does
	ka             keepalived
	forcedAt       int64 // for the invariants
	forcedGen      uint32
	forces         int    // in this duel
	lostAt         int64  // when the volume was last taken from it
	takenAt        int64  // when it found the volume taken that it wanted to give back
	answeredAt     int64  // when its peer last answered it
	describedAt    int64  // when EC2 was last asked by this node
	fresh          bool   // and did not answer with what was before
	shownDown      bool   // EC2 last showed its peer's instance stopped
	shown          uint32 // the youngest attachment that EC2 showed this life of its agent
	yieldsSince    int64  // since when it says so and has not given it back
	yieldedAt      int64  // when the peer was last told that this node leaves the volume to it
	leasedSince    int64
	agentSince     int64 // since when the agent can be asked
	fed            int64 // when systemd last heard of a heartbeat
	kaSince        int64 // since when keepalived has run undisturbed
}

// clock is the node's CLOCK_BOOTTIME.
func (w *World) clock(n *node) ha.Instant {
	d := w.now - n.bootAt
	return ha.Instant(sec + d + d*n.ppm/1e6)
}

// when is the world's time of an instant of the node, or a little later.
func (w *World) when(n *node, i ha.Instant) int64 {
	d := int64(i) - sec
	return n.bootAt + d - d*n.ppm/1e6 + d*n.ppm/1e6*n.ppm/1e6 + us
}

func (w *World) peer(n *node) *node { return &w.nodes[1-n.id] }

// handle posts an event to a node's machine and executes what it answers.
func (w *World) handle(n *node, e *ha.Event) {
	w.ev = *e
	cmds := n.m.Handle(w.clock(n), &w.ev)
	w.obey(n, cmds)
}

func (w *World) obey(n *node, cmds []ha.Command) {
	life := n.life
	if r := n.m.Reason(); r != n.reason {
		n.reason = r
		w.stats.Reasons[r]++
		if w.trace != nil {
			w.logf("be%d %s: %s", n.id, n.m.State(), r)
		}
	}
	for i := range cmds {
		w.stats.Actions[cmds[i].Action]++
		w.issue(n, &cmds[i])
	}
	if n.life == life && n.alive {
		n.wake++
		w.at(max(w.when(n, n.m.Wake()), w.now+us), event{kind: evTick, node: n.id, inc: n.wake})
	}
}

func (w *World) tick(n *node, seq uint32) {
	if n.alive && seq == n.wake {
		w.handle(n, &ha.Event{Kind: ha.EventTick})
	}
}

// notify delivers a line of the FIFO or a word of systemd to the agent.
func (w *World) notify(e *event) {
	n := &w.nodes[e.node]
	if !n.alive || e.inc != n.life {
		return
	}
	if e.kind == evNotify {
		if w.trace != nil {
			w.logf("be%d VRRP event %d", n.id, e.arg)
		}
		w.handle(n, &ha.Event{Kind: ha.EventVRRP, VRRP: ha.VRRPEvent(e.arg)})
		return
	}
	w.handle(n, &ha.Event{Kind: ha.EventService, Service: ha.Action(e.arg)})
}

// host lets a host and its units come and go.
func (w *World) host(e *event) {
	n := &w.nodes[e.node]
	switch e.kind {
	case evBoot:
		if !n.power {
			w.powerOn(n)
		}
	case evPower:
		if n.power && e.inc == n.boot {
			w.powerOff(n)
		}
	case evAgentUp:
		if n.power && !n.alive && e.inc == n.boot {
			w.agentUp(n)
		}
	case evUnitsDown:
		if n.power && e.inc == n.boot && w.now-n.fed >= deadman {
			w.unitsDown(n, e)
		}
	}
}

func (w *World) powerOn(n *node) {
	n.power, n.boot, n.bootAt = true, n.boot+1, w.now
	if w.vol.holder == n.id {
		n.device = w.vol.gen
	}
	if w.trace != nil {
		w.logf("be%d boots", n.id)
	}
	w.after(w.between(500*ms, 1500*ms), event{kind: evAgentUp, node: n.id, inc: n.boot})
	w.after(w.between(500*ms, 1500*ms), event{kind: evKeepalived, node: n.id})
}

// powerOff takes everything that a host does not have on a disk.
func (w *World) powerOff(n *node) {
	if w.trace != nil {
		w.logf("be%d is off", n.id)
	}
	old := *n
	*n = node{
		id: old.id, ppm: old.ppm, boot: old.boot, life: old.life + 1, wake: old.wake, record: old.record,
		conns: old.conns + 1, pg: database{life: old.pg.life + 1}, metadata: old.metadata,
		ka:            keepalived{ip: old.ka.ip, timer: old.ka.timer + 1, beat: old.ka.beat + 1, life: old.ka.life + 1},
		wrongPostgres: old.wrongPostgres, yieldedAt: old.yieldedAt, forcedAt: old.forcedAt, forcedGen: old.forcedGen, forces: old.forces, rootFull: old.rootFull, dataFull: old.dataFull,
	}
}

func (w *World) agentUp(n *node) {
	n.alive, n.life, n.agentFrozen, n.agentSince = true, n.life+1, 0, w.now
	n.epoch, n.opened, n.shown, n.shownDown, n.takenAt = ha.Epoch{}, 0, 0, false, 0
	m, cmds := ha.New(w.cfg, w.rng, n.record, w.clock(n))
	n.m = m
	if w.trace != nil {
		w.logf("be%d agent starts", n.id)
	}
	w.obey(n, cmds)
	w.after(ms, event{kind: evNotify, node: n.id, arg: int32(n.ka.event()), inc: n.life})
}

// deadman is after how long without a heartbeat systemd ends the database and the API.
const deadman = 10 * sec

// guard has systemd look whether there was one.
func (w *World) guard(n *node) {
	at := max(n.fed+deadman, w.now) + w.between(0, sec)
	w.at(at, event{kind: evUnitsDown, node: n.id, inc: n.boot})
}

// unitsDown ends the units that the agent starts, once nothing of them is in
// uninterruptible sleep.
func (w *World) unitsDown(n *node, e *event) {
	w.killAPI(n)
	w.killPostgres(n)
	if n.writing > 0 {
		e.at = w.now + 10*ms
		w.q.push(*e)
		return
	}
	n.api, n.pg.state = ha.Stopped, ha.Stopped
}

// killAgent is a SIGKILL, after which systemd starts the agent again, sometimes late:
// it was killed by what kills it at once when it starts. What it had started goes on,
// and so does the kernel with what is left of the lease.
func (w *World) killAgent(n *node) {
	if !n.alive {
		return
	}
	if w.trace != nil {
		w.logf("be%d agent is killed", n.id)
	}
	n.alive, n.agentFrozen = false, 0
	n.life++
	w.guard(n)
	back := w.between(200*ms, 2*sec)
	if w.rng.IntN(8) == 0 {
		back = w.between(2*sec, 20*sec)
	}
	w.after(back, event{kind: evAgentUp, node: n.id, inc: n.boot})
}

// leased says that the kernel lets packets leave from the VIP.
func (w *World) leased(n *node) bool { return w.clock(n) < min(n.leaseA, n.leaseB) }
