package sim

import "tournant/internal/ha"

// stepDisk is what waits for the volume: out to it, applied there, and back.
func (w *World) stepDisk(i int32) {
	o := &w.ops[i]
	n := &w.nodes[o.node]
	switch o.stage {
	case 1:
		o.gen, o.pg, o.mount = n.opened, n.pg.life, n.mounted
		w.next(i, w.work(n, o.cmd.Action), true, -1)
	case 2:
		if !n.power || n.boot != o.boot || o.ended {
			return
		}
		if until := max(w.vol.stall, w.hangs(n, o.gen)); w.now < until {
			if o.stage--; o.aux == 0 {
				o.aux = 1
				w.deadline(i)
			}
			w.next(i, until-w.now+w.between(0, 20*ms), true, -1)
			return
		}
		if o.cmd.Action != ha.Heartbeat && o.life != n.life {
			return // its process was killed before
		}
		back := w.between(100*us, 500*us)
		if w.now < n.lateIO && w.rng.IntN(2) == 0 {
			back = w.between(100*ms, 2500*ms) // done, but not yet known to be
		}
		w.finish(i, w.onDisk(n, o), back)
	}
}

// work is how long an action takes until it is done.
func (w *World) work(n *node, a ha.Action) int64 {
	switch a {
	case ha.Mount:
		return w.between(30*ms, 400*ms)
	case ha.StartPostgres:
		return w.between(200*ms, 1200*ms)
	case ha.Checkpoint:
		return w.between(20*ms, 200*ms)
	case ha.StopPostgres:
		return w.between(100*ms, 500*ms)
	case ha.Unmount:
		return w.between(20*ms, 100*ms)
	}
	return w.seek(n)
}

// onDisk is the deed.
func (w *World) onDisk(n *node, o *op) ha.Code {
	switch o.cmd.Action {
	case ha.TakeEpoch:
		return w.take(n, o)
	case ha.Heartbeat:
		return w.beats(n, o)
	case ha.Mount:
		if n.wrongPostgres {
			return ha.WrongPostgres
		}
		w.check.mounts(w, n)
		if !w.accepts(n, o.gen) {
			return ha.IOError
		}
		n.mounted = o.gen
	case ha.StartPostgres:
		return w.startPostgres(n, o)
	case ha.Checkpoint:
		if n.pg.state != ha.Running || !w.accepts(n, n.pg.gen) {
			return ha.Failed
		}
	case ha.StopPostgres:
		if n.pg.life != o.pg {
			return ha.Failed // the processes that it was to stop are gone
		}
		if n.pg.state == ha.Running && !w.accepts(n, n.pg.gen) {
			w.panics(n)
			return ha.Failed
		}
		if n.writing > 0 {
			return ha.Busy
		}
		w.endPostgres(n)
	case ha.Unmount:
		if n.mounted != o.mount {
			return ha.Failed
		}
		if n.pg.state != ha.Stopped {
			return ha.Busy
		}
		n.mounted = 0
		w.letGo(n)
	}
	return ha.OK
}

func (w *World) endPostgres(n *node) {
	w.check.ends(w, n)
	n.pg.state = ha.Stopped
	n.pg.life++
}

// local is a deed on the host that waits for nothing.
func (w *World) local(n *node, o *op) {
	code := ha.OK
	switch o.cmd.Action {
	case ha.Observe:
		o.res.Local = ha.Local{
			Device: n.device != 0, Mounted: n.mounted != 0, Postgres: n.pg.state, API: n.api, Address: n.addr,
			DataFull: n.dataFull, RootFull: n.rootFull, Keepalived: n.ka.running,
		}
	case ha.AuditVIP:
		o.res.Yes = n.metadata
	case ha.OpenDevice:
		n.opened = n.device
		if w.now < n.misdevice {
			n.opened, code = 0, ha.WrongDevice
		} else if n.device == 0 {
			code = ha.NoDevice
		}
	case ha.UnmountLazily:
		w.cancel(n, ha.Mount, ha.Unmount)
		n.mounted = 0
		w.letGo(n)
	case ha.KillPostgres:
		w.cancel(n, ha.Checkpoint, ha.StartPostgres, ha.StopPostgres)
		n.pg.life++
		if n.writing > 0 {
			n.pg.state, code = ha.Unclear, ha.Busy // a process in uninterruptible sleep
		} else {
			n.pg.state = ha.Stopped
		}
	case ha.StartAPI:
		n.api = ha.Running
		if w.s.NoAPI.over(n.id, w.now) {
			n.api, code = ha.Stopped, ha.Failed
		}
	case ha.StopAPI, ha.KillAPI:
		n.api = ha.Stopped
	case ha.WithdrawLease:
		n.leaseA, n.leaseB = 0, 0
	case ha.AddAddress:
		n.addr, n.stray = true, false
	case ha.RemoveAddress:
		n.addr = false
		n.conns++
	case ha.RaisePriority, ha.LowerPriority:
		n.raised = o.cmd.Action == ha.RaisePriority
	case ha.StopKeepalived:
		w.stopKeepalived(n)
	case ha.StartKeepalived:
		w.startKeepalived(n)
	case ha.Persist:
		if n.rootFull {
			code = ha.Failed
		} else {
			n.record = o.cmd.Record
		}
	}
	o.res.Code = code
}
