package sim

import "tournant/internal/ha"

// keepalived is one VRRP instance as Debian 12's keepalived behaves, measured:
// see internal/ha/DESIGN.md.
type keepalived struct {
	running bool
	state   ha.VRRPEvent // VRRPBackup, VRRPMaster, VRRPFault, VRRPStop
	ip      int32        // which of two equals wins
	frozen  int64
	timer   uint32 // of the master-down timer
	beat    uint32 // of the advert timer
	life    uint32
}

// event is what an agent that starts is told.
func (k *keepalived) event() ha.VRRPEvent {
	switch {
	case k.running:
		return k.state
	case k.state == ha.VRRPStop:
		return ha.VRRPStop
	}
	return ha.VRRPUnknown
}

func (n *node) priority() int32 {
	if n.raised {
		return 150
	}
	return 100
}

func (w *World) skew(n *node) int64 { return w.s.Advert * int64(256-n.priority()) / 256 }

// say sends a line to the FIFO.
func (w *World) say(n *node, e ha.VRRPEvent) {
	if n.alive {
		w.after(ms, event{kind: evNotify, node: n.id, arg: int32(e), inc: n.life})
	}
}

func (w *World) vrrp(e *event) {
	n := &w.nodes[e.node]
	k := &n.ka
	if e.kind == evKeepalived {
		w.startKeepalived(n)
		return
	}
	if !n.power || !k.running || k.state == ha.VRRPFault {
		return
	}
	switch {
	case e.kind == evAdvert:
		w.hear(n, e.arg)
	case e.kind == evAdvertise && e.inc == k.beat && k.state == ha.VRRPMaster:
		w.advertise(n, n.priority())
	case e.kind == evMasterDown && e.inc == k.timer && k.state == ha.VRRPBackup:
		k.state = ha.VRRPMaster
		w.say(n, ha.VRRPMaster)
		w.advertise(n, n.priority())
	}
}

func (w *World) startKeepalived(n *node) {
	k := &n.ka
	if !n.power || k.running {
		return
	}
	k.running, k.state = true, ha.VRRPBackup
	n.kaSince = w.now
	w.say(n, ha.VRRPBackup)
	w.arm(n, 3*w.s.Advert+w.skew(n))
	if w.isolated(n) {
		w.linkDown(n)
	}
}

func (w *World) arm(n *node, d int64) {
	n.ka.timer++
	w.after(d, event{kind: evMasterDown, node: n.id, inc: n.ka.timer})
}

// advertise sends an advert and sets the timer of the next.
func (w *World) advertise(n *node, prio int32) {
	if w.linked(int(n.id), int(1-n.id)) {
		w.after(w.between(200*us, 800*us), event{kind: evAdvert, node: 1 - n.id, arg: prio})
	}
	n.ka.beat++
	w.after(w.s.Advert, event{kind: evAdvertise, node: n.id, inc: n.ka.beat})
}

// hear takes in an advert of the peer. A master that hears a lesser one forces
// an election at once and only says MASTER_RX_LOWER_PRI.
func (w *World) hear(n *node, prio int32) {
	k := &n.ka
	peer := w.peer(n)
	if k.state == ha.VRRPMaster {
		switch {
		case prio == 0:
			w.advertise(n, n.priority())
		case prio > n.priority() || prio == n.priority() && peer.ka.ip > k.ip:
			k.state = ha.VRRPBackup
			w.say(n, ha.VRRPBackup)
			w.arm(n, 3*w.s.Advert+w.skew(n))
		default:
			w.say(n, ha.VRRPRxLower)
			w.advertise(n, n.priority())
		}
		return
	}
	switch {
	case prio == 0:
		w.arm(n, w.skew(n))
	case prio >= n.priority():
		w.arm(n, 3*w.s.Advert+w.skew(n))
	}
}

// stopKeepalived is a stop in order: a farewell of priority 0.
func (w *World) stopKeepalived(n *node) {
	k := &n.ka
	if !k.running {
		return
	}
	if k.state == ha.VRRPMaster {
		w.advertise(n, 0)
	}
	k.running, k.state = false, ha.VRRPStop
	k.timer++
	k.beat++
	w.say(n, ha.VRRPStop)
}

// crashKeepalived is a SIGKILL; systemd starts it again.
func (w *World) crashKeepalived(n *node) {
	k := &n.ka
	if !k.running {
		return
	}
	k.running, k.state = false, ha.VRRPUnknown
	k.timer++
	k.beat++
	w.say(n, ha.VRRPCrashed)
	w.after(w.between(500*ms, 2*sec), event{kind: evKeepalived, node: n.id})
}

// isolated says that the host's own link is down.
func (w *World) isolated(n *node) bool { return w.cut[n.id][n.id] > 0 }

func (w *World) linkDown(n *node) {
	if k := &n.ka; k.running && k.state != ha.VRRPFault {
		k.state = ha.VRRPFault
		k.timer++
		k.beat++
		w.say(n, ha.VRRPFault)
	}
}

func (w *World) linkUp(n *node) {
	if k := &n.ka; k.running && k.state == ha.VRRPFault {
		k.state = ha.VRRPBackup
		w.say(n, ha.VRRPBackup)
		w.arm(n, 3*w.s.Advert+w.skew(n))
	}
}
