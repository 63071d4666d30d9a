package timeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// A Record is what is known of a run.
type Record struct {
	Title string `json:"title"`
	// About says in a sentence or two what is seen, Note how it was measured.
	About string `json:"about"`
	Note  string `json:"note"`
	// From and To are what is drawn. Zero is the moment that times count from.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Zero time.Time `json:"zero"`

	Lanes    []Lane    `json:"lanes"`
	Marks    []Mark    `json:"marks"`
	Requests []Request `json:"requests"`
	// Gaps are times without service, in their order.
	Gaps []Gap `json:"gaps,omitempty"`
}

// A Lane is something that is one thing at a time.
type Lane struct {
	Name string `json:"name"`
	// What is the smaller word below the name.
	What    string   `json:"what"`
	Changes []Change `json:"changes"`
}

// A Change is what a lane is from a moment on.
type Change struct {
	At time.Time `json:"at"`
	// To is a state of an agent, Off, the name of a host, or "" for nobody.
	To string `json:"to"`
	// Why is the reason that an agent gave.
	Why string `json:"why,omitempty"`
}

// Off is a host without power.
const Off = "off"

// A Mark is a moment to name.
type Mark struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
	// Fault says that something was broken then, on purpose.
	Fault bool `json:"fault,omitempty"`
}

// A Request is one that a client made.
type Request struct {
	Begun  time.Time `json:"begun"`
	Ended  time.Time `json:"ended"`
	Failed bool      `json:"failed,omitempty"`
}

// Held is how long a request waits until it counts as held, which no healthy
// server lets it.
const Held = 250 * time.Millisecond

// A Gap is a time without service.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Of is what there was none of.
	Of string `json:"of"`
}

// Length is how long it was.
func (g Gap) Length() time.Duration { return g.To.Sub(g.From) }

// Bounds of a record that is drawn: more would be no picture.
const (
	maxLanes    = 16
	maxRequests = 1_000_000
	longest     = 24 * time.Hour
)

// validate names the first thing that cannot be drawn.
func (r *Record) validate() error {
	switch d := r.To.Sub(r.From); {
	case d <= 0:
		return errors.New("timeline: to is not after from")
	case d > longest:
		return fmt.Errorf("timeline: from and to are %s apart; at most %s can be drawn", d, longest)
	case r.Zero.Sub(r.From).Abs() > longest:
		return fmt.Errorf("timeline: zero is more than %s from from", longest)
	case len(r.Lanes) > maxLanes:
		return fmt.Errorf("timeline: %d lanes are more than %d", len(r.Lanes), maxLanes)
	case len(r.Requests) > maxRequests:
		return fmt.Errorf("timeline: %d requests are more than %d", len(r.Requests), maxRequests)
	}
	for i, g := range r.Gaps {
		if g.Length() < 0 {
			return fmt.Errorf("timeline: gaps[%d] ends before it begins", i)
		}
	}
	for i, q := range r.Requests {
		if q.Ended.Before(q.Begun) {
			return fmt.Errorf("timeline: requests[%d] ends before it begins", i)
		}
	}
	return nil
}

// shown are the gaps of which something is.
func (r *Record) shown() []Gap {
	return slices.DeleteFunc(slices.Clone(r.Gaps), func(g Gap) bool { return !g.To.After(r.From) || !g.From.Before(r.To) })
}

// Clip leaves out what does not show between From and To.
func (r *Record) Clip() {
	for i := range r.Lanes {
		l := &r.Lanes[i]
		slices.SortStableFunc(l.Changes, func(a, b Change) int { return a.At.Compare(b.At) })
		first := 0 // the last change before From is what the lane begins as
		for j, c := range l.Changes {
			if !c.At.After(r.From) {
				first = j
			}
		}
		l.Changes = slices.DeleteFunc(l.Changes[first:], func(c Change) bool { return !c.At.Before(r.To) })
	}
	r.Gaps = r.shown()
	r.Marks = slices.DeleteFunc(r.Marks, func(m Mark) bool { return m.At.Before(r.From) || m.At.After(r.To) })
	r.Requests = slices.DeleteFunc(r.Requests, func(q Request) bool { return q.Ended.Before(r.From) || q.Begun.After(r.To) })
}

// Read reads a record as Write wrote it.
func Read(in io.Reader) (*Record, error) {
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	r := &Record{}
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("timeline: read a record: %w", err)
	}
	return r, r.validate()
}

// Write keeps a record, as one line of JSON.
func (r *Record) Write(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("timeline: write a record: %w", err)
	}
	return nil
}
