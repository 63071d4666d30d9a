package demo

import (
	"fmt"
	"sync"
	"time"

	"tournant/internal/ha/control"
	"tournant/lab/cluster"
	"tournant/lab/fakeec2"
	"tournant/lab/load"
)

// A board is what there is to be seen at the moment. Several write on it.
type board struct {
	mu    sync.Mutex
	frame Frame
	began time.Time
	// story is of the act, and due the moment that it speaks of.
	story func(left time.Duration) string
	due   time.Time
	// said is what was told last of each host's agent.
	said map[string]string
	// wake is for who shows the board, when something was told.
	wake chan struct{}
}

func newBoard(began time.Time, nodes int) *board {
	b := &board{began: began, said: map[string]string{}, wake: make(chan struct{}, 1)}
	b.frame.Nodes = nodes
	for _, name := range cluster.Backends {
		b.frame.Hosts = append(b.frame.Hosts, Host{Name: name})
	}
	return b
}

// A Frame is the board at one moment.
type Frame struct {
	// Since is how long the demonstration has been going on.
	Since time.Duration
	Act   string
	Story string
	Hosts []Host
	// Volume is whom EC2 has it attached to, and Address whom the VIP leads to;
	// "" is nobody.
	Volume, Address string
	Nodes           int
	Tally           Tally
	// Told are the lines so far.
	Told []Line
}

// A Host is a backend.
type Host struct {
	Name  string
	Power Power
	// State and Reason are the agent's; "" if it does not answer.
	State, Reason string
	Epoch         uint64
}

// Power is whether a host has any.
type Power int

// A host is NotYet before it is there.
const (
	NotYet Power = iota
	On
	Cut
)

// A Line is something that happened.
type Line struct {
	At   time.Duration
	Text string
	// More is for who does not see the board, where it stands for as long as it is
	// true.
	More string
	// Loud is for what is done to the cluster.
	Loud bool
}

// act begins one: what is seen, and the story. left is until due.
func (b *board) act(title string, due time.Time, story func(left time.Duration) string) {
	b.mu.Lock()
	b.frame.Act, b.story, b.due = title, story, due
	b.mu.Unlock()
	b.line(Line{Text: title, More: story(time.Until(due)), Loud: true})
}

// say is a story that speaks of no moment.
func say(format string, args ...any) func(time.Duration) string {
	text := fmt.Sprintf(format, args...)
	return func(time.Duration) string { return text }
}

func (b *board) tell(text string) { b.line(Line{Text: text}) }

func (b *board) line(l Line) {
	b.mu.Lock()
	l.At = time.Since(b.began)
	b.frame.Told = append(b.frame.Told, l)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// look is the board as it is.
func (b *board) look() Frame {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.frame
	f.Since = time.Since(b.began)
	if b.story != nil {
		f.Story = b.story(max(0, time.Until(b.due)))
	}
	f.Hosts = append([]Host{}, f.Hosts...)
	f.Told = f.Told[:len(f.Told):len(f.Told)]
	f.Tally.Slots = append([]time.Duration{}, f.Tally.Slots...)
	return f
}

// power notes whether a host has any.
func (b *board) power(name string, p Power) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*b.host(name) = Host{Name: name, Power: p}
	delete(b.said, name)
}

func (b *board) host(name string) *Host {
	for i := range b.frame.Hosts {
		if b.frame.Hosts[i].Name == name {
			return &b.frame.Hosts[i]
		}
	}
	return &Host{} // of nobody that is shown
}

func (b *board) powered(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.host(name).Power == On
}

// agent notes what a backend's says, and tells what is new. nil is no answer.
func (b *board) agent(name string, s *control.Status) {
	b.mu.Lock()
	h := b.host(name)
	if s == nil || h.Power != On {
		h.State, h.Reason = "", ""
		b.mu.Unlock()
		return
	}
	h.State, h.Reason, h.Epoch = s.State, s.Reason, s.Epoch
	text := fmt.Sprintf("%s is %s: %s", name, s.State, s.Reason)
	news := b.said[name] != text // an answer that was late once is no news
	b.said[name] = text
	b.mu.Unlock()
	if news {
		b.tell(text)
	}
}

// account notes where EC2 has the volume and the network the VIP.
func (b *board) account(s fakeec2.Status) {
	volume, address := "", ""
	for _, v := range s.Volumes {
		if v.Attachment == fakeec2.Attached {
			volume = v.Host
		}
	}
	for _, in := range s.Instances {
		for _, a := range in.Routed {
			if a == cluster.VIP {
				address = in.Name
			}
		}
	}
	b.mu.Lock()
	wasVolume, wasAddress := b.frame.Volume, b.frame.Address
	b.frame.Volume, b.frame.Address = volume, address
	b.mu.Unlock()
	if volume != wasVolume && volume != "" {
		b.tell("the volume is attached to " + volume)
	}
	if address != wasAddress && address != "" {
		b.tell("the address leads to " + address)
	}
}

// count takes in what the fleet met.
func (b *board) count(news load.History, waiting []time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.frame.Tally.add(news, waiting, time.Now())
}
