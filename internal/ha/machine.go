package ha

import (
	"math/rand/v2"
	"time"
)

// Machine is the loop around Decide: it keeps the Snapshot, folds events in,
// and starts commands. It is deterministic, holds no lock and starts no
// goroutine: one goroutine calls it.
type Machine struct {
	s    Snapshot
	cfg  Config
	rng  *rand.Rand
	last verdict
	out  []Command

	id       ID
	expected Instant // the Wake that was promised
	woke     Instant // the agent's start, or when it last found that it had slept
	running  [actions]run
	retry    [actions]pace
	busy     [classes]uint8

	due      [actions]Instant // of the questions that are asked by the clock
	dirty    bool             // this host may not be as s.Local says
	touched  Instant          // when it last was changed
	deaths   [8]Instant       // of PostgreSQL, the latest
	setbacks uint8            // takings in a row that the volume spoilt
	assigned Instant          // when EC2 last took AssignVIP
	unit     Action           // Stop- or StartKeepalived, until it is done
	raised   bool             // VRRP prefers this node, as far as we wrote
	written  bool             // and that is what the file says
	unsaved  bool             // s.Record
	attempt  int
	told     Report
	since    Instant // of the present State
	state    State
	trouble  [actions]string // the last error of each action that has not succeeded since
}

// run is a command that has not ended.
type run struct {
	id       ID
	started  Instant
	deadline Instant
	until    Instant
}

// pace is when an action may be tried again.
type pace struct {
	at    Instant
	tries uint8
}

// doze is how late the loop may be before what it learnt meanwhile is no
// evidence: the questions of one who slept go unanswered whatever the peer does.
const doze = 300 * time.Millisecond

// grace is how long after its deadline a command's Result is waited for.
const grace = time.Second

// New returns the Machine of an agent that has just started, with the Record
// that it last persisted, and its first commands. cfg must be valid. Whatever
// was before, the node is standby.
func New(cfg Config, rng *rand.Rand, record Record, now Instant) (*Machine, []Command) {
	m := &Machine{cfg: cfg, rng: rng}
	m.s.Config = &m.cfg
	m.s.Record = record
	m.s.Own.Lease = now.Add(cfg.Lease) // a former life's, if it had one
	if record.Served.Number != 0 {
		m.s.Own.Adopt = now.Add(cfg.Deadman)
	}
	m.woke = now
	m.since = now
	return m, m.Handle(now, &Event{})
}

// Handle folds an event in and returns the commands to start. The slice is the
// Machine's and valid until the next call.
func (m *Machine) Handle(now Instant, e *Event) []Command {
	m.out = m.out[:0]
	m.s.Now = now
	m.notice()
	m.expire()
	m.fold(e)
	m.settle()
	v := decide(&m.s)
	m.adopt(&v)
	m.last = v
	wake := v.until
	if wake <= now || wake > now.Add(time.Second) {
		wake = now.Add(time.Second)
	}
	for _, a := range v.actions {
		wake = m.try(a, wake)
	}
	m.expected = m.watch(wake)
	return m.out
}

// Wake is when to call Handle with an EventTick, if no event comes before.
func (m *Machine) Wake() Instant { return m.expected }

// notice finds out that the agent slept, by the clock that goes on in suspends,
// and forgets what sleep makes worthless. Priority goes first.
func (m *Machine) notice() {
	late := m.s.Now.Sub(m.expected)
	if m.expected == 0 || late < doze {
		return
	}
	m.woke = m.s.Now
	m.s.Peer.SilentSince, m.s.Peer.SilentUntil = 0, 0
	m.s.Witness.At = 0
	if late >= m.cfg.Lease {
		m.forgetContest()
		m.s.EC2.DescribedAt = 0
		m.raised, m.written = false, false
		m.try(LowerPriority, 0)
		if m.s.Own.Lease != 0 {
			m.try(WithdrawLease, 0) // a paused machine may pause the kernel's timeouts with it
		}
	}
}

func (m *Machine) forgetContest() {
	e := &m.s.EC2
	e.InUseAt, e.DetachPeerAt, e.ForcedAt, e.Watch = 0, 0, 0, Watch{}
}

// expire ends the wait for commands whose executor never answered.
func (m *Machine) expire() {
	for a := range m.running {
		r := &m.running[a]
		if r.id != 0 && m.s.Now >= r.deadline.Add(grace) {
			m.end(Action(a), &Result{ID: r.id, Action: Action(a), Code: Timeout, Text: "nothing was heard of it", Started: r.started})
		}
	}
}

// try starts an action unless it, or one that it must not meet, is under way, or
// its retry is still to come: then it returns the earlier of wake and that.
func (m *Machine) try(a Action, wake Instant) Instant {
	t, r := &traits[a], &m.running[a]
	switch {
	case r.id != 0:
		return wake
	case m.s.Now < m.retry[a].at:
		return min(wake, m.retry[a].at)
	case t.class != question && m.busy[t.class] > 0 && !t.urgent:
		return wake
	case a == ForceDetachPeer && !m.noted():
		return wake
	}
	m.start(a, Instant(0))
	return wake
}

// start emits the command of an action.
func (m *Machine) start(a Action, until Instant) {
	m.id++
	now := m.s.Now
	c := Command{ID: m.id, Action: a, Deadline: now.Add(m.cfg.within(a)), Until: until}
	m.running[a] = run{id: m.id, started: now, deadline: c.Deadline, until: until}
	m.busy[traits[a].class]++
	switch a {
	case Heartbeat, StartPostgres:
		c.Epoch = m.s.Own.Epoch
	case TakeEpoch:
		if m.s.adopts() {
			c.Epoch = m.s.Record.Served
		}
	case Attach:
		c.Attempt = m.attempt
	case Persist:
		c.Record = m.s.Record
		m.unsaved = false
	case TellPeer:
		c.Report = m.Report()
	case Detach, ForceDetach:
		if m.s.Own.DetachAt == 0 {
			m.s.Own.DetachAt = now
		}
	case ForceDetachPeer:
		m.s.EC2.ForcedAt, m.s.EC2.Watch.Pending = now, false
	}
	m.out = append(m.out, c)
}

// noted says that a force which is about to be sent is written down for the
// hold-down, so that a crash does not forget it. What cannot be written does not
// stop it. One that repeats another, of the same attachment, counts for nothing,
// and a duel that is long over does not double.
func (m *Machine) noted() bool {
	s, r := &m.s, &m.s.Record
	if !s.sameHold() {
		if s.serverNow().Sub(r.ForcedAt) >= 4*m.cfg.holdDown(r.Forces) {
			r.Forces = 0
		}
		r.Forces++
		r.ForcedAt, r.Took = max(s.serverNow(), s.EC2.Described.AttachedAt+1), false
		s.EC2.Watch = Watch{Since: s.Now, Last: s.Now, Pending: true}
		m.unsaved = true
	}
	if m.unsaved {
		m.try(Persist, 0)
	}
	return m.running[Persist].id == 0
}
