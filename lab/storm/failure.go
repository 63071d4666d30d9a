package storm

import (
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
	for _, o := range h {
		if !o.Failed() {
			continue
		}
		b := r.at(o)
		switch {
		case b != nil && b.befell(o):
			r.Causes[itsFrontend]++
		case o.Return.Sub(o.Call) >= heldFor:
			r.Causes[heldLong]++
		case b == nil:
			r.wrong(o.Call, "a request failed while nothing was broken: %s: %s", o, o.Error)
		default:
			b.wrongOnce(o)
		}
	}
	for _, b := range r.Gusts {
		if b.unexplained > atMost {
			b.wrong("%d requests failed without a reason", b.unexplained)
		}
	}
}

// atMost is how many failed requests of a gust are told one by one.
const atMost = 3

func (b *Blown) wrongOnce(o load.Operation) {
	if b.unexplained++; b.unexplained <= atMost {
		b.wrong("a request failed: %s: %s", o, o.Error)
	}
}

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

// befell says that the request's frontend was itself broken while it was under way, or
// was not all back.
func (b *Blown) befell(o load.Operation) bool {
	return slices.ContainsFunc(b.Happened, func(f *Happened) bool {
		return f.Host == o.Route && (f.Kind == "power-cut" || f.Kind == "reboot") && f.At.Before(o.Return) && o.Call.Before(b.Settled)
	})
}
