package storm

import (
	"fmt"
	"slices"
	"time"

	"tournant/lab/load"
)

// heldFor is how long a frontend keeps a request waiting while nobody is primary, and
// then answers 503: ha['failover_wait'].
const heldFor = 60 * time.Second

// Why requests through frontends fail, and are right to.
const (
	itsFrontend = "its frontend was off or cut off from everybody"
	heldLong    = "held for 60 s, while nobody was primary"
)

// judgeFailures: a request fails only if its frontend is broken, or if it was kept
// waiting for as long as a frontend keeps any.
func (r *Record) judgeFailures(h load.History) {
	r.Causes = map[string]int{}
	unexplained := map[*Blown]int{}
	for _, o := range h {
		if !o.Failed() {
			continue
		}
		b := r.at(o)
		switch {
		case slices.ContainsFunc(r.Gusts, func(b *Blown) bool { return b.befell(o) }):
			r.Causes[itsFrontend]++
		case o.Return.Sub(o.Call) >= heldFor:
			r.Causes[heldLong]++
		case unexplained[b] < atMost:
			unexplained[b]++
			r.wrong(o.Call, "a request failed %s: %s: %s", b.while(), o, o.Error)
		default:
			unexplained[b]++
		}
	}
	for b, n := range unexplained {
		if n > atMost {
			r.wrong(h[0].Call, "%d requests failed without a reason %s", n, b.while())
		}
	}
}

// atMost is how many failed requests of a gust are told one by one.
const atMost = 3

// at is the gust that a request met: the last that began before it ended, if that was
// not over when it began.
func (r *Record) at(o load.Operation) *Blown {
	for _, b := range slices.Backward(r.Gusts) {
		if b.At.Before(o.Return) {
			if b.Settled.Before(o.Call) {
				return nil
			}
			return b
		}
	}
	return nil
}

// while is when a gust was; nil is none.
func (b *Blown) while() string {
	if b == nil {
		return "while nothing was broken"
	}
	return fmt.Sprintf("in gust %d (%s)", b.Number, b.names())
}

// befell says that the request's frontend was off while the request was under way, or was
// not all back. Its client hears of that from the frontend that boots.
func (b *Blown) befell(o load.Operation) bool {
	return slices.ContainsFunc(b.Happened, func(f *Happened) bool {
		return f.Host == o.Route && (f.Kind == "power-cut" || f.Kind == "reboot") && f.At.Before(o.Return) && o.Call.Before(b.Settled)
	})
}
