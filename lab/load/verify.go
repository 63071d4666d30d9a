package load

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"tournant/internal/apiclient"
)

// A Report is what a history proves.
type Report struct {
	Requests, Writes, Acknowledged int
	// Failed are requests with an error, by route. Whether their writes happened
	// is open, unless there was no room for them (status 507): then they did not.
	Failed map[string]int
	// Lost are acknowledged writes that are not there, Doubled writes that the
	// server did a second time, Stale answers that no order of all operations
	// explains.
	Lost, Doubled, Stale []string
}

// Acknowledged are the times at which writes were, in their order.
func (h History) Acknowledged() []time.Time {
	var at []time.Time
	for _, o := range h {
		if o.Acknowledged() {
			at = append(at, o.Return)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	return at
}

// Verify reads what is there now, when nobody writes any more, and holds the
// history against it.
func Verify(ctx context.Context, o Options, h History) (Report, error) {
	c := apiclient.Client{Base: o.Routes[0].URL, Signer: o.Signer, HTTP: o.Routes[0].HTTP}
	nodes := "/organizations/" + o.Org + "/nodes"
	var there map[string]string
	if err := c.Call(ctx, http.MethodGet, nodes, nil, &there); err != nil {
		return Report{}, fmt.Errorf("load: list what is there: %w", err)
	}
	r := Report{Failed: map[string]int{}}
	r.count(h, there)
	for _, name := range o.names() {
		last := Operation{Client: -1, Kind: Get, Node: name, Status: http.StatusOK, Call: time.Now()}
		var found node
		if err := c.Call(ctx, http.MethodGet, nodes+"/"+name, nil, &found); err != nil {
			return r, fmt.Errorf("load: read what is there: %w", err)
		}
		last.Seen, last.Return = found.Normal.Value, time.Now()
		if why := h.of(name).explain(last); why != "" {
			r.Stale = append(r.Stale, why)
		}
	}
	return r, nil
}

func (r *Report) count(h History, there map[string]string) {
	for _, o := range h {
		r.Requests++
		if o.Writes() {
			r.Writes++
		}
		if o.Acknowledged() {
			r.Acknowledged++
		}
		if o.Failed() {
			r.Failed[o.Route]++
		}
		if o.doubled() {
			r.Doubled = append(r.Doubled, o.String())
		}
		if o.Missed() {
			r.Stale = append(r.Stale, o.String())
		}
		switch _, ok := there[o.Node]; {
		case o.Kind == Create && o.Acknowledged() && !ok:
			r.Lost = append(r.Lost, o.String())
		case o.Kind == Create && o.refused() && ok:
			r.Stale = append(r.Stale, o.String()+": it was done all the same")
		}
	}
}

func (o Operation) String() string {
	return fmt.Sprintf("%s client %d by %s: %s %s %d: status %d, saw %d, %s later",
		o.Call.Format("15:04:05.000"), o.Client, o.Route, o.Kind, o.Node, o.Value, o.Status, o.Seen, o.Return.Sub(o.Call).Round(time.Millisecond))
}

func (h History) of(name string) History {
	return slices.DeleteFunc(slices.Clone(h), func(o Operation) bool { return o.Node != name })
}

// explainTime bounds the search for an order. A history that needs longer
// counts as one that has none, since nobody would know otherwise.
const explainTime = time.Minute

// explain says what is wrong if no order of a register's operations, ended by a
// last read, explains all answers. An acknowledged write that is gone shows here
// as well.
func (h History) explain(last Operation) string {
	began := h.began(last)
	var ops []porcupine.Operation
	for _, o := range append(slices.Clone(h), last) {
		if !o.ok() && !o.Writes() || o.refused() {
			continue // it saw nothing, or did nothing
		}
		op := porcupine.Operation{
			ClientId: max(o.Client, 0), Input: o, Output: o.Seen,
			Call: int64(o.Call.Sub(began)), Return: int64(o.Return.Sub(began)),
		}
		if !o.ok() {
			op.Return = math.MaxInt64 // it may yet happen
		}
		ops = append(ops, op)
	}
	if outcome := porcupine.CheckOperationsTimeout(registerModel, ops, explainTime); outcome != porcupine.Ok {
		return fmt.Sprintf("%s: no order explains its %d operations (%s); at last it was %d", last.Node, len(ops), outcome, last.Seen)
	}
	return ""
}

func (h History) began(last Operation) time.Time {
	began := last.Call
	for _, o := range h {
		if o.Call.Before(began) {
			began = o.Call
		}
	}
	return began.Add(-time.Second)
}

// registerModel is a register that begins with 0. A write without an answer may
// stay without an effect: then it takes place after everything else.
var registerModel = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, in, out any) (bool, any) {
		if o := in.(Operation); o.Kind == Save {
			return true, o.Value
		}
		return out.(int) == state.(int), state
	},
	Equal: func(a, b any) bool { return a == b },
}
