package sim

import (
	"time"

	"tournant/internal/ha"
)

// assess looks at the world once the last fault is over: someone must serve
// (I5), what was acknowledged must be there (I2), and the VIP must be where the
// volume is (I4).
func (w *World) assess() {
	if rest := w.quiet + int64(calm) - w.now; rest > 0 {
		w.after(rest, event{kind: evEnd})
		return
	}
	for k := range w.vol.data {
		if w.vol.data[k] < w.check.acks[k] {
			w.violate("I2", "object %d was acknowledged at %d and the volume has %d", k, w.check.acks[k], w.vol.data[k])
		}
	}
	if !w.someoneCould() {
		w.done = true
		return
	}
	if w.check.lastAck > w.now-2*sec {
		w.inOrder()
		return
	}
	if w.now >= w.bound() {
		w.violate("I5", "a backend could serve and none does, %v after the last fault", time.Duration(w.now-w.quiet))
		return
	}
	w.after(2*sec, event{kind: evEnd})
}

// bound is when a healthy backend must serve at the latest.
func (w *World) bound() int64 {
	b := w.quiet + 80*sec
	for i := range w.nodes {
		n := &w.nodes[i]
		if r := n.record; r.ForcedAt != 0 {
			hold := w.cfg.HoldDown << max(0, int(r.Forces)-1)
			b = max(b, (int64(r.ForcedAt)-epoch0)*sec+int64(min(hold, w.cfg.HoldDownMax))+30*sec)
		}
	}
	if w.vol.holder != nobody {
		b = max(b, w.vol.attachedAt+int64(w.cfg.Young)+50*sec)
	}
	return b
}

// someoneCould says that a backend has all it needs to be primary.
func (w *World) someoneCould() bool {
	for i := range w.nodes {
		n := &w.nodes[i]
		fit := w.answers(n) && n.ka.running && n.ka.state != ha.VRRPFault && !n.record.Held && !n.record.Maintenance
		if fit && !n.wrongPostgres {
			return true
		}
	}
	return false
}

// inOrder is I4 and I5 of a world at rest.
func (w *World) inOrder() {
	holder := w.vol.holder
	if w.cloud.owner != holder || holder == nobody || holder == stranger {
		w.violate("I4", "the VIP is at %d and the volume at %d, %v after the last fault", w.cloud.owner, holder, calm)
		return
	}
	if idle := &w.nodes[1-holder]; idle.power && idle.alive && (idle.addr || idle.pg.state == ha.Running || idle.mounted != 0) {
		w.violate("I4", "be%d is not primary and has the VIP, PostgreSQL or the mount", idle.id)
	}
	w.done = true
}
