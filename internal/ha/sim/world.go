package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tournant/internal/ha"
)

// The hosts of a world, as links name them.
const (
	be0 = iota
	be1
	fe0
	fe1
	ec2
	hosts
)

const (
	us  = int64(time.Microsecond)
	ms  = int64(time.Millisecond)
	sec = int64(time.Second)
)

// World is two backends, frontends with clients, EC2 with the volume, and the
// links between them, in virtual time. One schedule gives one history.
type World struct {
	s     Schedule
	cfg   ha.Config
	pcg   rand.PCG
	rng   *rand.Rand
	now   int64
	q     queue
	ops   []op
	free  []int32
	nodes [2]node
	cloud cloud
	vol   volume
	cut   [hosts][hosts]uint8 // links that are down, by how many faults
	route [2]int8             // where each frontend's packets for the VIP go
	users []user
	reqs  []request
	freed []int32
	check check
	stats *Stats
	ev    ha.Event // the one that is being handled
	trace *strings.Builder
	bad   *Violation
	quiet int64 // when the last fault began or ended
	tcpAt int64 // when something last changed whether agents reach each other
	adsAt int64 // and whether keepaliveds do
	over  bool  // an operator took the guards on himself
	done  bool
}

// Violation is an invariant that did not hold.
type Violation struct {
	Invariant string // I1 to I9
	At        time.Duration
	What      string
}

func (v *Violation) String() string { return fmt.Sprintf("%s at %v: %s", v.Invariant, v.At, v.What) }

// NewWorld returns a World that can run one schedule after another. stats may
// be nil.
func NewWorld(stats *Stats) *World {
	w := &World{stats: stats}
	w.rng = rand.New(&w.pcg) //nolint:gosec // a history must come from its seed
	if stats == nil {
		w.stats = new(Stats)
	}
	return w
}

// Run runs a schedule from power-on to calm and returns the first violation.
func (w *World) Run(s Schedule) *Violation {
	w.reset(s)
	for len(w.q.heap) > 0 && w.bad == nil && !w.done {
		e := w.q.pop()
		w.now = e.at
		w.dispatch(&e)
		w.stats.Events++
	}
	w.stats.Schedules++
	w.stats.Virtual += time.Duration(w.now)
	if w.bad == nil {
		w.stats.outage(w)
	}
	return w.bad
}

// Trace runs a schedule and returns its history for people.
func (w *World) Trace(s Schedule) (string, *Violation) {
	w.trace = new(strings.Builder)
	defer func() { w.trace = nil }()
	v := w.Run(s)
	if v != nil {
		fmt.Fprintf(w.trace, "%12.6f  VIOLATION %s\n", v.At.Seconds(), v)
	}
	return w.trace.String(), v
}

func (w *World) reset(s Schedule) {
	w.s, w.cfg = s, s.config()
	w.pcg.Seed(s.Seed, 0x7461746f75726e61)
	w.now, w.q.heap, w.q.seq = 0, w.q.heap[:0], 0
	w.ops, w.free, w.reqs, w.freed, w.users = w.ops[:0], w.free[:0], w.reqs[:0], w.freed[:0], w.users[:0]
	w.cloud, w.vol, w.check = cloud{}, volume{holder: nobody}, check{}
	w.cut = [hosts][hosts]uint8{}
	w.route = [2]int8{nobody, nobody}
	w.bad, w.done, w.quiet, w.tcpAt, w.adsAt, w.over = nil, false, 0, 0, 0, false
	w.cloud.owner = nobody
	w.cloud.remember(w)
	for i := range w.nodes {
		w.nodes[i] = node{id: int8(i), ppm: w.s.Drift[i], ka: keepalived{ip: int32(i)}}
		w.at(w.s.Boot[i], event{kind: evBoot, node: int8(i)})
	}
	w.startUsers()
	for i := range s.Faults {
		w.at(int64(s.Faults[i].At), event{kind: evFault, arg: int32(i)})
	}
	w.at(int64(s.end()), event{kind: evEnd})
}

func (w *World) at(t int64, e event) {
	e.at = t
	w.q.push(e)
}

func (w *World) after(d int64, e event) { w.at(w.now+d, e) }

// between is a random time from a to b.
func (w *World) between(a, b int64) int64 { return a + w.rng.Int64N(b-a+1) }

// linked says that packets get from a host to another.
func (w *World) linked(from, to int) bool { return w.cut[from][to] == 0 }

// reaches says that a connection between two hosts works.
func (w *World) reaches(a, b int) bool { return w.linked(a, b) && w.linked(b, a) }

func (w *World) logf(format string, args ...any) {
	fmt.Fprintf(w.trace, "%12.6f  %s\n", time.Duration(w.now).Seconds(), fmt.Sprintf(format, args...))
}

func (w *World) violate(invariant, format string, args ...any) {
	if forgiven := w.s.leaks() && (invariant == "I2" || invariant == "I3"); w.bad == nil && !forgiven {
		w.bad = &Violation{Invariant: invariant, At: time.Duration(w.now), What: fmt.Sprintf(format, args...)}
	}
}

// dispatch lets an event happen, or puts it off if what it happens to is frozen.
func (w *World) dispatch(e *event) {
	if until := w.frozen(e); until > w.now {
		e.at = until
		w.q.push(*e)
		return
	}
	switch e.kind {
	case evTick:
		w.tick(&w.nodes[e.node], e.inc)
	case evStage, evResult, evTimeout:
		w.operate(e)
	case evNotify, evService:
		w.notify(e)
	case evAdvert, evAdvertise, evMasterDown, evKeepalived:
		w.vrrp(e)
	case evAgentUp, evUnitsDown, evBoot, evPower:
		w.host(e)
	case evDetached, evDevice, evRoute:
		w.aws(e)
	case evClient, evAttempt, evServe, evWritten, evReply, evAnswer:
		w.traffic(e)
	case evEnd:
		w.assess()
	case evFault:
		w.fault(int(e.arg))
	case evHeal:
		w.heal(int(e.arg))
	}
}

// frozen is until when an event must wait.
func (w *World) frozen(e *event) int64 {
	switch e.kind {
	case evTick, evNotify, evService:
		n := &w.nodes[e.node]
		return max(n.frozen, n.agentFrozen)
	case evResult, evTimeout, evStage:
		o := &w.ops[e.arg]
		if o.remote && e.kind == evStage {
			if o.at >= 0 {
				n := &w.nodes[o.at]
				return max(n.frozen, n.agentFrozen)
			}
			return 0
		}
		n := &w.nodes[o.node]
		return max(n.frozen, n.agentFrozen)
	case evAdvertise, evMasterDown, evAdvert:
		n := &w.nodes[e.node]
		return max(n.frozen, n.ka.frozen)
	case evAgentUp, evUnitsDown, evKeepalived:
		return w.nodes[e.node].frozen
	case evServe, evReply:
		return w.nodes[e.node].frozen
	}
	return 0
}
