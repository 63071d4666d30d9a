package load

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

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
