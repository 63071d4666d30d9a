package failover

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/load"
	"tournant/lab/timeline"
)

// before is how much of the time before a fault is drawn, and after how much of
// that after the clients were served again.
const (
	drawnBefore = 5 * time.Second
	drawnAfter  = 6 * time.Second
)

// picture keeps what happened around the fault, to whoever goes through a
// frontend: who goes straight to the VIP waits on connections that are dead.
func (t *trial) picture(h load.History, primary string, r *Result) error {
	lanes, err := t.Lanes()
	if err != nil {
		return err
	}
	h = slices.DeleteFunc(slices.Clone(h), func(o load.Operation) bool { return o.Route == routeVIP })
	if len(h) == 0 {
		return errors.New("failover: no request went through a frontend")
	}
	gap, began := h.Gap(r.hurt.Add(-time.Second), r.end)
	to := r.hurt.Add(drawnAfter)
	if served := began.Add(gap).Add(drawnAfter); served.After(to) {
		to = served
	}
	if to.After(r.end) {
		to = r.end
	}
	from := r.hurt.Add(-drawnBefore)
	if h[0].Call.After(from) {
		from = h[0].Call
	}
	what, marks := strings.ReplaceAll(r.Row, "-", " "), []timeline.Mark{{At: r.heal, Text: "healed"}}
	if r.Row == planned {
		what, marks = "planned hand-over", nil
	}
	p := &timeline.Record{
		Title: fmt.Sprintf("%s: %s takes over from %s", capital(what), cluster.Peer(primary), primary),
		From:  from, To: to, Zero: r.hurt, Lanes: lanes,
		Marks:    append(marks, timeline.Mark{At: r.hurt, Text: what + ", " + primary, Fault: r.Row != planned}),
		Requests: timeline.Requests(h),
		Gaps:     []timeline.Gap{{From: began, To: began.Add(gap), Of: "an acknowledged write"}},
	}
	if !r.Moved {
		p.Title = capital(what) + ": " + primary + " goes on"
	}
	p.About = fmt.Sprintf("%d clients go through a frontend, each with one request after another, and repeat none.", clients(t.load))
	p.Clip()
	r.Timeline = p
	return nil
}

// clients are those of the frontends.
func clients(o load.Options) int {
	n := 0
	for _, r := range o.Routes {
		if r.Name != routeVIP {
			n += r.Clients
		}
	}
	return n
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
