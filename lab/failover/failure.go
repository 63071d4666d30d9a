package failover

import (
	"fmt"
	"time"

	"tournant/lab/load"
)

// judgeFailures: where nobody should have noticed, nobody has. Who goes through the
// frontend that a row hurts may, of what was under way when it was hurt, and, until
// it serves again, of what could not even be sent.
func (r *Result) judgeFailures(row Row, h load.History) {
	if !row.Unfailing {
		return
	}
	var failed, unexcused []string
	for _, o := range h {
		switch {
		case !o.Failed() || o.Route == routeVIP || row.refuses(o):
		case o.Route != row.Hurts:
			failed = append(failed, o.String()+": "+o.Error)
		case !r.excuses(o):
			unexcused = append(unexcused, o.String()+": "+o.Error)
		}
	}
	r.wrong(len(failed), "requests through frontends failed", failed)
	r.wrong(len(unexcused), "requests through the frontend that was hurt failed, neither under way nor for want of a connection", unexcused)
	if row.Refused != 0 {
		r.judgeRefusals(row, h)
	}
}

// excuses is whether a failure is of the frontend that was hurt.
func (r *Result) excuses(o load.Operation) bool {
	underWay := o.Call.Before(r.hurtBy) && o.Return.After(r.hurt)
	alone := !o.Sent && o.Call.Before(r.well) && o.Return.After(r.hurt)
	return underWay || alone
}

// refuses is whether that is what the row has writes answered with.
func (row Row) refuses(o load.Operation) bool {
	return row.Refused != 0 && o.Writes() && o.Status == row.Refused
}

// judgeRefusals: some writes are refused before Heal, and some reads served then.
func (r *Result) judgeRefusals(row Row, h load.History) {
	var first time.Time
	for _, o := range h {
		if row.refuses(o) && o.Call.After(r.hurt) && o.Return.Before(r.heal) && (first.IsZero() || o.Call.Before(first)) {
			first = o.Call
		}
	}
	if first.IsZero() {
		r.wrong(1, "no write was refused", []string{fmt.Sprintf("none was answered with status %d", row.Refused)})
		return
	}
	reads := 0
	for _, o := range h {
		if !o.Writes() && !o.Failed() && o.Call.After(first) && o.Return.Before(r.heal) {
			reads++
		}
	}
	if reads == 0 {
		r.wrong(1, "no read was served while writes were refused", []string{"from " + first.Format(clock)})
	}
}
