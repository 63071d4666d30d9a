package sim

// kind says what an event is; args are its kind's.
type kind uint8

const (
	evTick       kind = iota // a machine's Wake: node, arg its sequence
	evStage                  // an operation goes on: arg
	evResult                 // an operation's result reaches the machine: arg
	evTimeout                // an operation's deadline: arg
	evNotify                 // keepalived's FIFO: node, arg the VRRPEvent, inc the agent's life
	evService                // systemd saw a unit end: node, arg the action
	evAdvert                 // a VRRP advert arrives: node, arg the priority
	evAdvertise              // keepalived's advert timer: node, arg its sequence
	evMasterDown             // keepalived's master-down timer: node, arg its sequence
	evKeepalived             // systemd starts keepalived: node
	evAgentUp                // systemd starts the agent: node, inc the boot
	evUnitsDown              // systemd ended what is bound to the agent: node, inc the boot
	evBoot                   // a host comes up: node
	evDetached               // EC2 has detached: arg the attachment
	evDevice                 // a device appears: node, arg the attachment
	evRoute                  // the VIP's packets go elsewhere: node, arg the host that notices
	evClient                 // a client's next request: arg
	evAttempt                // a frontend tries a request: arg
	evServe                  // a request reaches a backend: arg
	evWritten                // a database write reaches the volume: arg
	evReply                  // a reply is about to leave: arg
	evAnswer                 // a reply reaches the client: arg
	evFault                  // a fault starts: arg
	evHeal                   // a fault ends: arg
	evEnd                    // the last fault is over for long enough to look at what is left
	evPower                  // a host that shuts down is off: node, inc the boot
)

// event is what happens at an instant. seq orders those of one instant.
type event struct {
	at   int64
	seq  uint64
	arg  int32
	inc  uint32
	node int8
	kind kind
}

func (a *event) before(b *event) bool { return a.at < b.at || a.at == b.at && a.seq < b.seq }

// queue is a binary heap of events.
type queue struct {
	heap []event
	seq  uint64
}

func (q *queue) push(e event) {
	q.seq++
	e.seq = q.seq
	h := append(q.heap, e)
	i := len(h) - 1
	for i > 0 {
		p := (i - 1) / 2
		if !e.before(&h[p]) {
			break
		}
		h[i] = h[p]
		i = p
	}
	h[i] = e
	q.heap = h
}

func (q *queue) pop() event {
	h := q.heap
	top, n := h[0], len(h)-1
	e := h[n]
	h = h[:n]
	i := 0
	for {
		c := 2*i + 1
		if c >= n {
			break
		}
		if c+1 < n && h[c+1].before(&h[c]) {
			c++
		}
		if !h[c].before(&e) {
			break
		}
		h[i] = h[c]
		i = c
	}
	if n > 0 {
		h[i] = e
	}
	q.heap = h
	return top
}
