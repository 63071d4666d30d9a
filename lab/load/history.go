package load

import (
	"net/http"
	"time"
)

// A Kind is what a request does.
type Kind string

// The kinds.
const (
	Create Kind = "create" // a node that nobody else names
	Save   Kind = "save"   // a register
	Get    Kind = "get"    // a register
	GetOwn Kind = "get-own"
)

// An Operation is one request as its client saw it.
type Operation struct {
	Client int
	Route  string
	Kind   Kind
	Node   string
	Value  int // what it wrote, or of GetOwn, what it should see
	Seen   int // what it read
	Status int // of HTTP; 0 is no answer
	Error  string
	Call   time.Time
	Return time.Time
	// Sent is whether it had left for whoever the client was connected to.
	Sent bool
}

func (o Operation) ok() bool { return o.Status/100 == 2 }

// Writes says whether it would change something.
func (o Operation) Writes() bool { return o.Kind == Create || o.Kind == Save }

// Acknowledged says whether it is a write that the server has promised.
func (o Operation) Acknowledged() bool { return o.Writes() && o.ok() }

// Failed says whether the client got something that a healthy server would not
// have answered.
func (o Operation) Failed() bool { return !o.ok() && !o.doubled() && !o.Missed() }

// doubled: a node that nobody else names was there already.
func (o Operation) doubled() bool { return o.Kind == Create && o.Status == 409 }

// refused says whether the server has promised not to have done it: there is no room
// for what it would write.
func (o Operation) refused() bool { return o.Writes() && o.Status == http.StatusInsufficientStorage }

// Missed says whether what was acknowledged before was not there, or not so.
func (o Operation) Missed() bool {
	return o.Kind == GetOwn && (o.Status == 404 || o.ok() && o.Seen != o.Value)
}

// A History is what clients did.
type History []Operation

// Gap is the longest time within [from, to] in which no write was acknowledged,
// and when it began.
func (h History) Gap(from, to time.Time) (longest time.Duration, began time.Time) {
	last := from
	step := func(at time.Time) {
		if d := at.Sub(last); d > longest {
			longest, began = d, last
		}
		last = at
	}
	for _, at := range h.Acknowledged() {
		if at.After(from) && at.Before(to) {
			step(at)
		}
	}
	step(to)
	return longest, began
}
