package sim

import "tournant/internal/ha"

// keys is how many objects the database has; each has one writer.
const keys = 8

// volume is the EBS volume: who has it is checked when an I/O is applied.
type volume struct {
	holder     int8
	gen        uint32 // counts attachments
	detaching  bool
	forced     bool
	torn       bool // both copies of the epoch block are damaged
	attachedAt int64
	epoch      ha.Epoch // Node is be0 or be1, plus one
	epochAt    int64
	epochGen   uint32 // the attachment under which it was taken
	since      uint64 // the first of the epochs that one node took, one after the other, with what it ran going on
	data       [keys]uint32
	stall      int64 // until when I/O hangs
	eio        int64 // until when I/O fails, whoever asks
	leakUntil  int64 // until when EC2 breaks its promise to the node that it forced
	leakGen    uint32
	leakTo     int8
}

// accepts says whether the volume takes an I/O of a node's attachment.
func (w *World) accepts(n *node, gen uint32) bool {
	v := &w.vol
	if w.now < v.eio || gen == 0 {
		return false
	}
	if gen == v.leakGen && n.id == v.leakTo && w.now < v.leakUntil {
		return true
	}
	return v.holder == n.id && v.gen == gen
}

// hangs is until when an I/O that the volume does not accept hangs instead of
// failing: the driver goes on waiting for a device that is gone.
func (w *World) hangs(n *node, gen uint32) int64 {
	if w.s.Hangs && !w.accepts(n, gen) && w.now >= w.vol.eio && n.device == 0 {
		return n.lostAt + 40*sec
	}
	return 0
}

// seek is how long an I/O takes to reach the volume.
func (w *World) seek(n *node) int64 {
	if w.now < n.lateIO && w.rng.IntN(3) == 0 {
		return w.between(100*ms, 2500*ms)
	}
	return w.between(ms, 4*ms)
}

// take writes the epoch block.
func (w *World) take(n *node, o *op) ha.Code {
	switch {
	case o.gen == 0:
		return ha.NoDevice
	case !w.accepts(n, o.gen):
		return ha.IOError
	case w.vol.torn:
		return ha.BadEpochBlock
	case o.cmd.Epoch.Number != 0 && w.theirs(n, w.vol.epoch) != o.cmd.Epoch:
		return ha.ForeignEpoch
	}
	v := &w.vol
	if o.cmd.Epoch.Number == 0 || v.epoch.Node != ha.Node(n.id+1) || v.epochGen != o.gen {
		v.since = v.epoch.Number + 1
	}
	v.epochGen = o.gen
	o.res.Previous = w.theirs(n, v.epoch)
	v.epoch = ha.Epoch{Number: v.epoch.Number + 1, Mark: w.rng.Uint64(), Node: ha.Node(n.id + 1)}
	v.epochAt = w.now
	n.epoch = v.epoch
	o.res.Epoch = w.theirs(n, v.epoch)
	if w.trace != nil {
		w.logf("be%d takes epoch %d", n.id, v.epoch.Number)
	}
	return ha.OK
}

// theirs is an epoch as a node sees it.
func (w *World) theirs(n *node, e ha.Epoch) ha.Epoch {
	switch e.Node {
	case 0:
	case ha.Node(n.id + 1):
		e.Node = ha.Self
	default:
		e.Node = ha.Peer
	}
	return e
}

// beats is a heartbeat's I/O as it is applied.
func (w *World) beats(n *node, o *op) ha.Code {
	switch {
	case !w.accepts(n, o.gen):
		return ha.IOError
	case w.theirs(n, w.vol.epoch) != o.cmd.Epoch:
		return ha.ForeignEpoch
	}
	n.fed = w.now
	return ha.OK
}

// database is PostgreSQL on the volume: a cache that a commit enters once it is
// on the disk.
type database struct {
	state ha.Service
	life  uint32
	gen   uint32 // the attachment that it runs on
	epoch uint64 // that it was started under
	cache [keys]uint32
}

func (w *World) startPostgres(n *node, o *op) ha.Code {
	switch {
	case n.pg.state == ha.Running:
		return ha.OK
	case n.mounted == 0:
		return ha.Failed
	case w.vol.torn && w.accepts(n, n.opened):
		return ha.BadEpochBlock // it is read just before
	case w.theirs(n, w.vol.epoch) != o.cmd.Epoch && w.accepts(n, n.opened):
		return ha.ForeignEpoch
	case !w.accepts(n, n.mounted):
		return ha.Failed
	}
	w.check.starts(w, n)
	n.pg = database{
		state: ha.Running, life: n.pg.life + 1, gen: n.mounted, epoch: o.cmd.Epoch.Number, cache: w.vol.data,
	}
	return ha.OK
}

// panics is PostgreSQL on an I/O error.
func (w *World) panics(n *node) {
	n.pg.state = ha.Unclear
	n.pg.life++
	if w.trace != nil {
		w.logf("be%d PostgreSQL dies", n.id)
	}
	if n.alive {
		w.after(5*ms, event{kind: evService, node: n.id, arg: int32(ha.StartPostgres), inc: n.life})
	}
}
