package sim

import "tournant/internal/ha"

// op is a command that a node's executor works on.
type op struct {
	node   int8
	at     int8 // the host whose agent the next stage waits for; -1 for none
	stage  uint8
	remote bool // the next stage is not the node's own doing
	done   bool // its result is posted
	ended  bool // another command cancelled it
	refs   int8
	life   uint32
	boot   uint32
	aux    int64
	gen    uint32 // the attachment whose device it opened
	pg     uint32 // the life of PostgreSQL when it began
	mount  uint32 // and what was mounted
	cmd    ha.Command
	res    ha.Result
}

// issue starts a command.
func (w *World) issue(n *node, c *ha.Command) {
	var i int32
	if k := len(w.free); k > 0 {
		i, w.free = w.free[k-1], w.free[:k-1]
	} else {
		i = int32(len(w.ops))
		w.ops = append(w.ops, op{})
	}
	o := &w.ops[i]
	*o = op{node: n.id, at: -1, life: n.life, boot: n.boot, cmd: *c}
	o.res.ID, o.res.Action = c.ID, c.Action
	if w.trace != nil && c.Action != ha.Heartbeat && c.Action != ha.AskPeer && c.Action != ha.Observe &&
		c.Action != ha.RenewLease && c.Action != ha.ConfirmLease && c.Action != ha.TellPeer {
		w.logf("be%d does %s", n.id, c.Action)
	}
	w.check.issues(w, n, c)
	w.next(i, w.between(20*us, 200*us), false, -1)
}

// next schedules an operation's next stage. remote stages do not wait for the
// node's agent; at is the host whose agent they wait for instead.
func (w *World) next(i int32, d int64, remote bool, at int8) {
	o := &w.ops[i]
	o.remote, o.at = remote, at
	o.refs++
	w.after(d, event{kind: evStage, node: o.node, arg: i})
}

// deadline makes sure that an operation ends in time.
func (w *World) deadline(i int32) {
	o := &w.ops[i]
	o.refs++
	w.at(max(w.now, w.when(&w.nodes[o.node], o.cmd.Deadline)), event{kind: evTimeout, node: o.node, arg: i})
}

// finish posts an operation's result after d.
func (w *World) finish(i int32, c ha.Code, d int64) {
	o := &w.ops[i]
	if o.done {
		return
	}
	o.done, o.res.Code = true, c
	o.refs++
	w.after(d, event{kind: evResult, node: o.node, arg: i})
}

// operate lets a stage, a result or a deadline of an operation happen.
func (w *World) operate(e *event) {
	i := e.arg
	o := &w.ops[i]
	o.refs--
	n := &w.nodes[o.node]
	here := n.alive && n.life == o.life
	switch e.kind {
	case evResult:
		if here {
			n.learns(w, o)
			w.handle(n, &ha.Event{Kind: ha.EventResult, Result: o.res})
		}
	case evTimeout:
		w.finish(i, ha.Timeout, 0)
	case evStage:
		if o.stage > 0 && o.remote || here {
			w.step(i)
		}
	}
	if o = &w.ops[i]; o.refs == 0 {
		o.refs = -1
		w.free = append(w.free, i)
	}
}

// learns keeps what the invariants must know that a node was told. An answer of its
// peer that comes past the deadline is none.
func (n *node) learns(w *World, o *op) {
	switch a, c := o.cmd.Action, o.res.Code; {
	case a == ha.AskPeer && c == ha.OK && w.clock(n) <= o.cmd.Deadline:
		n.answeredAt = w.now
	case a == ha.Describe && c == ha.OK:
		n.shown, n.shownDown = max(n.shown, o.gen), o.res.Attachment.PeerDown
	case a == ha.Detach && c == ha.NotAttached:
		n.takenAt = w.now
	}
}

// step is an operation's next stage.
func (w *World) step(i int32) {
	o := &w.ops[i]
	n := &w.nodes[o.node]
	if o.stage == 0 {
		o.res.Started = w.clock(n)
		if o.res.Started > o.cmd.Deadline {
			w.finish(i, ha.Timeout, 0)
			return
		}
	}
	o.stage++
	action, stage := o.cmd.Action, o.stage
	switch action {
	case ha.Attach, ha.Detach, ha.ForceDetach, ha.DetachPeer, ha.ForceDetachPeer, ha.Describe, ha.SelfTest, ha.AssignVIP:
		w.stepEC2(i)
	case ha.AskPeer, ha.AskRelease, ha.TellPeer:
		w.stepPeer(i)
	case ha.AskFrontends:
		w.stepFrontends(i)
	case ha.Heartbeat, ha.TakeEpoch, ha.Mount, ha.StartPostgres, ha.Checkpoint, ha.StopPostgres, ha.Unmount:
		w.stepDisk(i)
	case ha.RenewLease, ha.ConfirmLease:
		w.stepLease(i)
	default:
		w.local(n, o)
		w.finish(i, o.res.Code, w.between(20*us, 300*us))
	}
	w.spring(n, action, stage)
}

// cancel ends what a node's executor still does of some actions.
func (w *World) cancel(n *node, actions ...ha.Action) {
	for i := range w.ops {
		o := &w.ops[i]
		for _, a := range actions {
			if o.refs > 0 && o.node == n.id && o.life == n.life && o.cmd.Action == a && !o.done {
				o.ended = true
				w.finish(int32(i), ha.Failed, ms)
			}
		}
	}
}

// stepEC2 is a call over the network: out, the deed, and the answer.
func (w *World) stepEC2(i int32) {
	o := &w.ops[i]
	n, c := &w.nodes[o.node], &w.cloud
	switch o.stage {
	case 1:
		w.deadline(i)
		if w.linked(int(n.id), ec2) {
			w.next(i, w.pick(w.lag().call)/2, true, -1)
		}
	case 2:
		code := w.refuses(n)
		if code == ha.OK {
			code = w.callEC2(n, o)
		}
		o.res.Code = code
		if !w.linked(ec2, int(n.id)) || w.now < c.lossy && w.rng.IntN(2) == 0 {
			return // the answer is lost, after the deed
		}
		back := w.pick(w.lag().call) / 2
		if code == ha.OK && (o.cmd.Action == ha.Detach || o.cmd.Action == ha.ForceDetach) {
			o.aux = int64(w.vol.gen)
			w.next(i, back+w.lag().detach[0], false, -1)
			return
		}
		w.finish(i, code, back)
	default: // Detach waits until EC2 shows the volume gone
		switch {
		case o.done:
		case w.vol.holder != n.id || int64(w.vol.gen) != o.aux:
			w.finish(i, ha.OK, 0)
		case w.clock(n).Add(200*1e6) > o.cmd.Deadline:
			w.finish(i, ha.Busy, 0)
		default:
			w.next(i, w.between(20*ms, 200*ms), false, -1)
		}
	}
}

// refuses is EC2's answer to a caller it does not serve now.
func (w *World) refuses(n *node) ha.Code {
	c := &w.cloud
	switch {
	case c.denied[n.id]:
		return ha.Denied
	case c.skewed[n.id]:
		c.skewed[n.id] = false
		return ha.Denied
	case w.now < c.throttle && w.rng.IntN(3) > 0:
		return ha.Throttled
	case w.now < c.broken:
		return ha.Throttled
	}
	return ha.OK
}

// stepPeer is a question to the peer's agent.
func (w *World) stepPeer(i int32) {
	o := &w.ops[i]
	n := &w.nodes[o.node]
	p := w.peer(n)
	switch o.stage {
	case 1:
		if !w.linked(int(n.id), int(p.id)) || !w.answers(p) {
			w.deadline(i)
		}
		if !w.linked(int(n.id), int(p.id)) || !p.power {
			return
		}
		if !p.alive && p.frozen <= w.now && w.linked(int(p.id), int(n.id)) {
			w.finish(i, ha.Unreachable, ms) // its kernel refuses the connection
			return
		}
		w.next(i, w.between(300*us, ms), true, p.id)
	case 2:
		if !p.alive || !w.linked(int(p.id), int(n.id)) {
			w.deadline(i)
			return
		}
		code := ha.OK
		switch o.cmd.Action {
		case ha.AskPeer:
			o.res.Report = p.m.Report()
			w.yields(p, &o.res.Report)
		case ha.AskRelease:
			if p.m.Refuse(ha.RequestRelease) != nil {
				code = ha.Refused
			}
			w.handle(p, &ha.Event{Kind: ha.EventRequest, Request: ha.RequestRelease})
		case ha.TellPeer:
			w.yields(n, &o.cmd.Report)
			w.handle(p, &ha.Event{Kind: ha.EventPeer, Report: o.cmd.Report})
		}
		w.finish(i, code, w.between(300*us, ms))
	}
}

// yields remembers what a node last said of leaving the volume to its peer.
func (w *World) yields(n *node, r *ha.Report) {
	switch {
	case !r.Yields || !r.Holds || r.State == ha.StateDemoting:
		n.yieldsSince = 0
	case n.yieldsSince == 0:
		n.yieldsSince = w.now
	}
	if r.Yields {
		n.yieldedAt = w.now
	}
}

// stepFrontends asks every frontend, each of which asks the peer's agent.
func (w *World) stepFrontends(i int32) {
	o := &w.ops[i]
	n := &w.nodes[o.node]
	p := w.peer(n)
	if o.stage == 1 {
		w.deadline(i)
		d := 10 * ms
		for f := fe0; f < fe0+w.s.Frontends; f++ {
			if !w.reaches(f, int(p.id)) || !p.alive {
				d = max(d, 500*ms) // as long as a frontend gives the peer
			}
			if !w.reaches(int(n.id), f) {
				d = 600 * ms // and the executor a frontend
			}
		}
		if w.rng.IntN(6) == 0 { // one is slow, and may be too slow
			d = w.between(300*ms, 1200*ms)
		}
		w.next(i, d, true, -1)
		return
	}
	v := ha.Witness{Asked: w.s.Frontends}
	for f := fe0; f < fe0+w.s.Frontends; f++ {
		if !w.reaches(int(n.id), f) {
			continue
		}
		v.Answered++
		if w.reaches(f, int(p.id)) && w.answers(p) && p.m.Report().Lease {
			v.Vouched, v.ProofAt = true, w.clock(n)
		}
	}
	o.res.Witness = v
	w.finish(i, ha.OK, ms)
}

// answers says that a node's agent runs and is not frozen.
func (w *World) answers(n *node) bool {
	return n.power && n.alive && n.frozen <= w.now && n.agentFrozen <= w.now
}

// stepLease reads the clock, and then sets half of the lease to what was left.
func (w *World) stepLease(i int32) {
	o := &w.ops[i]
	n := &w.nodes[o.node]
	if o.stage == 1 {
		o.aux = int64(o.cmd.Until) - int64(w.clock(n))
		if o.aux <= 0 {
			w.finish(i, ha.Late, 0)
			return
		}
		w.next(i, w.between(50*us, 500*us), false, -1)
		return
	}
	end := w.clock(n) + ha.Instant(o.aux)
	if o.cmd.Action == ha.RenewLease {
		n.leaseA = end
	} else {
		if !w.leased(n) {
			n.leasedSince = w.now
		}
		n.leaseB = end
	}
	w.finish(i, ha.OK, w.between(20*us, 200*us))
}
