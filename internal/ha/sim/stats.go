package sim

import (
	"fmt"
	"io"
	"slices"
	"time"

	"tournant/internal/ha"
)

// Stats is what many schedules reached.
type Stats struct {
	Schedules uint64
	Events    uint64
	Virtual   time.Duration
	Faults    [faultKinds]uint64
	Reasons   [256]uint64 // by ha.Reason
	Actions   [256]uint64 // by ha.Action
	Outages   [faultKinds][]time.Duration
}

// outage notes the longest time without an acknowledged write of a schedule with
// one fault.
func (s *Stats) outage(w *World) {
	if len(w.s.Faults) == 1 && w.s.Instant && !w.s.SlowVIP && w.s.Advert == 200*ms && w.s.Aged {
		if k := w.s.Faults[0].Kind; len(s.Outages[k]) < 100_000 {
			s.Outages[k] = append(s.Outages[k], time.Duration(w.check.gap))
		}
	}
}

// Add adds what another reached.
func (s *Stats) Add(o *Stats) {
	s.Schedules += o.Schedules
	s.Events += o.Events
	s.Virtual += o.Virtual
	for i := range s.Faults {
		s.Faults[i] += o.Faults[i]
		s.Outages[i] = append(s.Outages[i], o.Outages[i]...)
	}
	for i := range s.Reasons {
		s.Reasons[i] += o.Reasons[i]
		s.Actions[i] += o.Actions[i]
	}
}

// Unreached names the faults, reasons and actions that no schedule reached.
func (s *Stats) Unreached() []string {
	var out []string
	for k, n := range s.Faults {
		if n == 0 {
			out = append(out, "fault "+FaultKind(k).String())
		}
	}
	for _, r := range ha.Reasons() {
		if s.Reasons[r] == 0 {
			out = append(out, "reason "+r.String())
		}
	}
	for _, a := range ha.Actions() {
		if s.Actions[a] == 0 {
			out = append(out, "action "+a.String())
		}
	}
	return out
}

// Report writes what was reached, as Markdown.
func (s *Stats) Report(out io.Writer) {
	fmt.Fprintf(out, "%d schedules, %v of virtual time, %d events.\n", s.Schedules, s.Virtual.Round(time.Hour), s.Events)
	fmt.Fprintf(out, "\n| fault | struck | alone: longest time without an acknowledged write, p50 | p99 | worst |\n|---|---:|---:|---:|---:|\n")
	for k, n := range s.Faults {
		p50, p99, worst := quantiles(s.Outages[k])
		fmt.Fprintf(out, "| %s | %d | %s | %s | %s |\n", FaultKind(k), n, p50, p99, worst)
	}
	fmt.Fprintf(out, "\n| reason that `Decide` gave | times |\n|---|---:|\n")
	for _, r := range ha.Reasons() {
		fmt.Fprintf(out, "| %s | %d |\n", r, s.Reasons[r])
	}
	fmt.Fprintf(out, "\n| action | times |\n|---|---:|\n")
	for _, a := range ha.Actions() {
		fmt.Fprintf(out, "| %s | %d |\n", a, s.Actions[a])
	}
}

func quantiles(d []time.Duration) (p50, p99, worst string) {
	if len(d) == 0 {
		return "", "", ""
	}
	slices.Sort(d)
	at := func(q int) string { return d[(len(d)-1)*q/100].Round(10 * time.Millisecond).String() }
	return at(50), at(99), at(100)
}
