package sim

import "tournant/internal/ha"

// epoch0 is the Unix second at which a world begins, by EC2's clock.
const epoch0 = 1_800_000_000

// view is what Describe shows of an instant.
type view struct {
	at         int64
	gen        uint32
	holder     int8
	detaching  bool
	attachedAt int64
	down       [2]bool
}

// cloud is EC2: who may call it, how late it answers, and the VIP.
type cloud struct {
	history  [32]view
	n        int // views ever
	stale    int64
	lossy    int64 // until when answers get lost after the deed
	throttle int64
	broken   int64 // until when it answers 5xx
	stuck    int64 // until when no detach ends
	noDevice int64 // until when no device appears
	denied   [2]bool
	skewed   [2]bool // the next call is refused: the wall clock jumped
	stopped  [2]bool // the instance is stopped or terminated
	owner    int8    // of the VIP
	moves    uint32
}

// lag is how long EC2 takes for its parts.
type lag struct{ call, detach, force, device, route [2]int64 }

var (
	instant = lag{
		call: [2]int64{2 * ms, 8 * ms}, detach: [2]int64{5 * ms, 10 * ms}, force: [2]int64{5 * ms, 10 * ms},
		device: [2]int64{5 * ms, 20 * ms}, route: [2]int64{5 * ms, 20 * ms},
	}
	likeAWS = lag{
		call: [2]int64{80 * ms, 400 * ms}, detach: [2]int64{500 * ms, 4 * sec}, force: [2]int64{sec, 8 * sec},
		device: [2]int64{300 * ms, 2 * sec}, route: [2]int64{500 * ms, 4 * sec},
	}
)

func (w *World) lag() *lag {
	if w.s.Instant {
		return &instant
	}
	return &likeAWS
}

func (w *World) pick(r [2]int64) int64 { return w.between(r[0], r[1]) }

func serverTime(at int64) ha.ServerTime {
	t := at / sec
	if at < 0 && at%sec != 0 {
		t--
	}
	return ha.ServerTime(epoch0 + t)
}

// remember keeps what Describe may show later.
func (c *cloud) remember(w *World) {
	c.history[c.n%len(c.history)] = view{
		at: w.now, gen: w.vol.gen, holder: w.vol.holder, detaching: w.vol.detaching, attachedAt: w.vol.attachedAt, down: c.stopped,
	}
	c.n++
}

// shows is what Describe shows, stale for up to as long as the schedule says: of
// two answers, the later may be of before.
func (w *World) shows() *view {
	c, at := &w.cloud, w.now-w.cloud.stale
	if c.stale > 0 && w.rng.IntN(2) == 0 {
		at = w.between(at, w.now)
	}
	oldest := max(0, c.n-len(c.history))
	for i := c.n - 1; i > oldest; i-- {
		if v := &c.history[i%len(c.history)]; v.at <= at {
			return v
		}
	}
	return &c.history[oldest%len(c.history)]
}

func (w *World) relative(n *node, who int8) ha.Node {
	switch who {
	case nobody:
		return ha.Nobody
	case n.id:
		return ha.Self
	case stranger:
		return ha.Stranger
	}
	return ha.Peer
}

// callEC2 is a call's deed at EC2, and its code.
func (w *World) callEC2(n *node, o *op) ha.Code {
	switch o.cmd.Action {
	case ha.Attach:
		return w.attach(n)
	case ha.Detach, ha.ForceDetach:
		return w.detach(n.id, o.cmd.Action == ha.ForceDetach)
	case ha.DetachPeer, ha.ForceDetachPeer:
		return w.detach(1-n.id, o.cmd.Action == ha.ForceDetachPeer)
	case ha.Describe:
		v := w.shows()
		n.describedAt, n.fresh, o.gen = w.now, w.cloud.stale == 0, v.gen
		o.res.Attachment = ha.Attachment{
			Date: serverTime(w.now), To: w.relative(n, v.holder), Detaching: v.detaching,
			AttachedAt: serverTime(v.attachedAt), PeerDown: v.down[1-n.id],
		}
	case ha.AssignVIP:
		w.assign(n)
	}
	return ha.OK
}

func (w *World) attach(n *node) ha.Code {
	v := &w.vol
	if v.holder != nobody {
		if v.detaching && w.rng.IntN(4) == 0 {
			return ha.WrongState
		}
		return ha.InUse
	}
	w.check.retakes(w, n)
	v.holder, v.detaching, v.forced = n.id, false, false
	v.gen++
	v.attachedAt = w.now
	w.cloud.remember(w)
	if w.trace != nil {
		w.logf("ec2: the volume is attached to be%d", n.id)
	}
	w.after(w.pick(w.lag().device), event{kind: evDevice, node: n.id, arg: int32(v.gen)})
	return ha.OK
}

// detach begins to end an attachment. Without force, a running guest must let go
// of the volume first; one whose host is down never will.
func (w *World) detach(from int8, force bool) ha.Code {
	v, n := &w.vol, &w.nodes[from]
	if v.holder != from {
		return ha.NotAttached
	}
	if w.trace != nil {
		w.logf("ec2: detach from be%d, force %v", from, force)
	}
	if !force {
		w.check.plain(w)
	}
	v.detaching = true
	v.forced = v.forced || force
	w.cloud.remember(w)
	free := w.cloud.stopped[from] || n.power && n.mounted != v.gen && n.pg.state == ha.Stopped
	switch {
	case force:
		w.after(w.pick(w.lag().force), event{kind: evDetached, arg: int32(v.gen)})
	case free:
		w.after(w.pick(w.lag().detach), event{kind: evDetached, arg: int32(v.gen)})
	}
	return ha.OK
}

// letGo is a guest that unmounted: a detach that waited for it goes on.
func (w *World) letGo(n *node) {
	if v := &w.vol; v.holder == n.id && v.detaching && n.mounted != v.gen {
		w.after(w.pick(w.lag().detach), event{kind: evDetached, arg: int32(v.gen)})
	}
}

func (w *World) assign(n *node) {
	c := &w.cloud
	if c.owner != n.id {
		w.moveVIP(n.id)
	}
}

// moveVIP gives the VIP to a network interface. Each host notices on its own.
func (w *World) moveVIP(to int8) {
	c := &w.cloud
	c.owner = to
	c.moves++
	if w.trace != nil {
		w.logf("ec2: the VIP goes to be%d", to)
	}
	for h := int32(be0); h <= fe1; h++ {
		lag := w.lag().route
		if w.s.SlowVIP {
			lag = likeAWS.route
		}
		w.after(w.pick(lag), event{kind: evRoute, node: to, arg: h, inc: c.moves})
	}
}

// aws lets what EC2 had begun come true.
func (w *World) aws(e *event) {
	v := &w.vol
	switch e.kind {
	case evDetached:
		switch {
		case uint32(e.arg) != v.gen || v.holder == nobody:
		case w.now < w.cloud.stuck:
			w.at(w.cloud.stuck, *e)
		default:
			w.detached()
		}
	case evDevice:
		n := &w.nodes[e.node]
		switch {
		case uint32(e.arg) != v.gen || v.holder != e.node || !n.power:
		case w.now < w.cloud.noDevice:
			w.at(w.cloud.noDevice, *e)
		default:
			n.device = v.gen
		}
	case evRoute:
		if e.inc != w.cloud.moves {
			return
		}
		if e.arg >= fe0 {
			w.route[e.arg-fe0] = e.node
		} else {
			w.nodes[e.arg].metadata = int32(e.node) == e.arg
		}
	}
}

func (w *World) detached() {
	v := &w.vol
	if w.trace != nil {
		w.logf("ec2: the volume is available")
	}
	if v.forced && w.now < v.leakUntil {
		v.leakGen, v.leakTo = v.gen, v.holder
	}
	if v.holder != stranger {
		if n := &w.nodes[v.holder]; n.device == v.gen {
			n.device = 0
		}
		w.nodes[v.holder].lostAt = w.now
	}
	v.holder, v.detaching, v.forced = nobody, false, false
	w.cloud.remember(w)
}
