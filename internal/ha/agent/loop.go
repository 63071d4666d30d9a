package agent

import (
	"context"
	"errors"
	"time"

	"tournant/internal/ha"
)

// world does what a machine commands.
type world interface {
	// Do executes a command and says how it ended. It may outlast ctx where the
	// kernel does not let go of it. The Result's ID and Action are set by the
	// caller.
	Do(ctx context.Context, c *ha.Command) ha.Result
}

// loop turns a machine: one goroutine, which never waits for anything but the
// next event.
type loop struct {
	machine *ha.Machine
	world   world
	now     func() ha.Instant
	alarm   *alarm

	events chan ha.Event
	asks   chan func(*ha.Machine)
	done   chan struct{} // closed when the loop has ended

	flights map[ha.ID]*flight
	turned  func(*ha.Machine) // after each turn
}

// flight is a command under way.
type flight struct {
	command ha.Command
	cancel  context.CancelFunc
	late    bool // its deadline passed and the machine was told
}

func newLoop(w world, clock func() ha.Instant, turned func(*ha.Machine)) (*loop, error) {
	a, err := newAlarm()
	if err != nil {
		return nil, err
	}
	return &loop{
		world: w, now: clock, alarm: a, turned: turned,
		events: make(chan ha.Event, 64), asks: make(chan func(*ha.Machine)), done: make(chan struct{}),
		flights: map[ha.ID]*flight{},
	}, nil
}

// run turns the machine, whose first commands are given, until ctx ends.
// Commands under way are cancelled then, and not waited for: one that hangs in
// the kernel would never end.
func (l *loop) run(ctx context.Context, m *ha.Machine, first []ha.Command) error {
	l.machine = m
	defer close(l.done)
	defer l.alarm.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.start(ctx, first)
	for {
		if err := l.alarm.At(l.next()); err != nil {
			return err
		}
		l.turned(m)
		select {
		case <-ctx.Done():
			return nil
		case ask := <-l.asks:
			ask(m)
		case e := <-l.events:
			l.take(ctx, &e)
		case <-l.alarm.C:
			l.take(ctx, &ha.Event{})
		}
	}
}

// take hands an event to the machine, after the deadlines that have passed.
func (l *loop) take(ctx context.Context, e *ha.Event) {
	if e.Kind == ha.EventResult {
		if f := l.flights[e.Result.ID]; f != nil {
			f.cancel()
			delete(l.flights, e.Result.ID)
		}
	}
	l.expire(ctx)
	l.start(ctx, l.machine.Handle(l.now(), e))
}

// expire ends the wait for commands whose deadline has passed. What they still
// find out is told when it comes.
func (l *loop) expire(ctx context.Context) {
	for id, f := range l.flights {
		if f.late || l.now() < f.command.Deadline {
			continue
		}
		f.late = true
		f.cancel()
		l.start(ctx, l.machine.Handle(l.now(), &ha.Event{Kind: ha.EventResult, Result: ha.Result{
			ID: id, Action: f.command.Action, Code: ha.Timeout, Text: "no answer in time",
		}}))
	}
}

// next is when the loop has to turn without an event.
func (l *loop) next() ha.Instant {
	wake := l.machine.Wake()
	for _, f := range l.flights {
		if !f.late {
			wake = min(wake, f.command.Deadline)
		}
	}
	return wake
}

// start executes commands, each in a goroutine.
func (l *loop) start(ctx context.Context, commands []ha.Command) {
	for _, c := range commands { // a copy: the machine's slice is valid until its next turn
		ctx, cancel := context.WithTimeout(ctx, l.allowed(&c))
		l.flights[c.ID] = &flight{command: c, cancel: cancel}
		go func() {
			r := l.do(ctx, &c)
			r.ID, r.Action = c.ID, c.Action
			select {
			case l.events <- ha.Event{Kind: ha.EventResult, Result: r}:
			case <-l.done:
			}
		}()
	}
}

// margin lets an executor say what it waited for before the loop says for it
// that time is up.
const margin = 50 * time.Millisecond

func (l *loop) allowed(c *ha.Command) time.Duration {
	left := c.Deadline.Sub(l.now())
	return left - min(margin, left/10)
}

// do executes a command unless its time is over: a process that was frozen must
// not act on what it knew before.
func (l *loop) do(ctx context.Context, c *ha.Command) ha.Result {
	if l.now() >= c.Deadline {
		return ha.Result{Code: ha.Timeout, Text: "its time was over before it began"}
	}
	return l.world.Do(ctx, c)
}

// errNoLoop is returned where the loop does not turn.
var errNoLoop = errors.New("the agent's loop does not answer")

// ask runs f between two turns. Whoever wants to know what this node is asks the
// loop itself, so that no answer outlives it.
func (l *loop) ask(ctx context.Context, f func(*ha.Machine)) error {
	answered := make(chan struct{})
	select {
	case l.asks <- func(m *ha.Machine) { f(m); close(answered) }:
		<-answered
		return nil
	case <-l.done:
	case <-ctx.Done():
	}
	return errNoLoop
}

// tell hands an event in.
func (l *loop) tell(ctx context.Context, e ha.Event) {
	select {
	case l.events <- e:
	case <-l.done:
	case <-ctx.Done():
	}
}
