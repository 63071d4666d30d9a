package sim

import "tournant/internal/ha"

// user writes its own object and reads others', one request at a time.
type user struct {
	frontend int8
	reads    bool
	key      int8
	next     uint32 // the value to write
	current  int32  // its request, -1 if none
}

// request is a client's, held and tried again by its frontend until answered.
type request struct {
	user   int32
	try    uint32 // of the frontend
	read   bool
	done   bool
	key    int8
	refs   int16
	value  uint32
	floor  uint32 // a read must not return less
	begun  int64
	copies [tries]visit
}

// visit is one try at a backend.
type visit struct {
	conns uint32
	boot  uint32
	pg    uint32
	gen   uint32
	epoch uint64
	left  int64 // until when TCP sends the reply again
	value uint32
}

const (
	holdFor  = 60 * sec // failover_wait
	tryFor   = sec
	tcpUser  = 3 * sec
	resend   = 200 * ms
	thinking = 700 * ms
	tries    = 64 // of a request that may be under way at once
)

func (w *World) startUsers() {
	for i := range int32(keys) {
		u := user{frontend: int8(i % 2), key: int8(i), current: -1, reads: i >= keys/2}
		w.users = append(w.users, u)
		w.at(w.between(0, sec), event{kind: evClient, arg: i})
	}
}

func (w *World) traffic(e *event) {
	if e.kind == evClient {
		w.begin(e.arg)
		return
	}
	r := &w.reqs[e.arg]
	r.refs--
	switch e.kind {
	case evAttempt:
		if !r.done && e.inc == r.try {
			w.attempt(e.arg)
		}
	case evServe:
		w.serve(e.arg, e.inc, e.node)
	case evWritten:
		w.written(e.arg, e.inc, e.node)
	case evReply:
		w.reply(e.arg, e.inc, e.node)
	case evAnswer:
		w.answer(e.arg, e.inc)
	}
	if r = &w.reqs[e.arg]; r.refs == 0 && r.done {
		w.freed = append(w.freed, e.arg)
		r.refs = -1
	}
}

func (w *World) ask(i int32, d int64, k kind, inc uint32, at int8) {
	w.reqs[i].refs++
	w.after(d, event{kind: k, arg: i, inc: inc, node: at})
}

// begin is a client that has thought of something to ask.
func (w *World) begin(ui int32) {
	u := &w.users[ui]
	var i int32
	if k := len(w.freed); k > 0 {
		i, w.freed = w.freed[k-1], w.freed[:k-1]
	} else {
		i = int32(len(w.reqs))
		w.reqs = append(w.reqs, request{})
	}
	r := &w.reqs[i]
	*r = request{user: ui, begun: w.now, key: u.key, read: u.reads}
	if u.reads {
		r.key = int8(w.rng.IntN(keys / 2))
		r.floor = w.check.floor(r.key)
	} else {
		u.next++
		r.value = u.next
		w.check.issued[r.key] = r.value
	}
	u.current = i
	w.ask(i, 0, evAttempt, 0, 0)
}

// attempt sends a request to where the frontend's packets for the VIP go.
func (w *World) attempt(i int32) {
	r := &w.reqs[i]
	u := &w.users[r.user]
	if w.now-r.begun >= holdFor {
		w.end(i)
		return
	}
	r.try++
	f := fe0 + int(u.frontend)
	to := w.route[u.frontend]
	if to != nobody && w.linked(f, int(to)) && w.nodes[to].power {
		w.ask(i, w.between(300*us, ms), evServe, r.try, to)
	}
	w.ask(i, tryFor, evAttempt, r.try, 0)
}

// serve is a request at a backend.
func (w *World) serve(i int32, try uint32, at int8) {
	r, n := &w.reqs[i], &w.nodes[at]
	if r.try-try >= tries || !n.power || !n.addr || n.api != ha.Running || n.pg.state != ha.Running {
		return // refused, or nobody there: the frontend tries again
	}
	v := visit{conns: n.conns, boot: n.boot, pg: n.pg.life, gen: n.pg.gen, epoch: n.pg.epoch, left: w.now + tcpUser, value: r.value}
	if r.read {
		v.value = n.pg.cache[r.key]
	}
	r.copies[try%tries] = v
	switch {
	case r.read || n.pg.cache[r.key] >= r.value:
		w.ask(i, w.between(100*us, 500*us), evReply, try, n.id)
	default:
		n.writing++
		w.ask(i, w.seek(n), evWritten, try, n.id)
	}
}

// written is a commit's I/O as it reaches the volume.
func (w *World) written(i int32, try uint32, at int8) {
	r, n := &w.reqs[i], &w.nodes[at]
	v := &r.copies[try%tries]
	if until := max(w.vol.stall, w.hangs(n, v.gen)); w.now < until && n.boot == v.boot {
		w.ask(i, until-w.now+w.between(0, 20*ms), evWritten, try, at)
		return
	}
	if n.boot != v.boot {
		return // the controller was reset since
	}
	n.writing--
	running := n.power && n.pg.life == v.pg && n.pg.state == ha.Running
	if !w.accepts(n, v.gen) {
		if running {
			w.panics(n)
		}
		return
	}
	w.check.accepted(w, n, v.epoch)
	w.vol.data[r.key] = max(w.vol.data[r.key], v.value)
	if running {
		n.pg.cache[r.key] = max(n.pg.cache[r.key], v.value)
		w.ask(i, w.between(100*us, 500*us), evReply, try, at)
	}
}

// reply is a reply on its way out: the kernel's lease decides, and TCP tries
// again while the connection lives.
func (w *World) reply(i int32, try uint32, at int8) {
	r, n := &w.reqs[i], &w.nodes[at]
	v := &r.copies[try%tries]
	if r.try-try >= tries || !n.power || n.conns != v.conns || !n.addr || n.api != ha.Running || w.now > v.left {
		return
	}
	f := fe0 + int(w.users[r.user].frontend)
	if !w.leased(n) || !w.linked(int(n.id), f) {
		w.ask(i, resend, evReply, try, at)
		return
	}
	w.check.sent(w, n, v.gen)
	w.ask(i, w.between(300*us, ms), evAnswer, v.value, 0)
}

// answer is a reply that the client has.
func (w *World) answer(i int32, value uint32) {
	r := &w.reqs[i]
	if r.done {
		return
	}
	if r.read {
		w.check.read(w, r, value)
	} else {
		w.check.acked(w, r)
	}
	w.end(i)
}

func (w *World) end(i int32) {
	r := &w.reqs[i]
	r.done = true
	u := &w.users[r.user]
	u.current = -1
	w.after(w.between(thinking/2, thinking*3/2), event{kind: evClient, arg: r.user})
}
