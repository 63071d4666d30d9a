package bench

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tournant/bench/wire"
)

// Failure is a kind of answer that was not expected.
type Failure struct {
	Status  int    `json:"status"` // 0: there was no answer
	Count   uint64 `json:"count"`
	Request string `json:"request"` // the first one, method and path
	Example string `json:"example"` // what was answered to it, or the error
}

// tally is what is counted of one kind of request.
type tally struct {
	label    string
	latency  histogram // of the expected answers
	in, out  uint64    // bytes of bodies received, and of requests sent
	failures map[int]*Failure
}

func (t *tally) errors() (n uint64) {
	for _, f := range t.failures {
		n += f.Count
	}
	return n
}

func (t *tally) fail(status int, request, example string, count uint64) {
	f := t.failures[status]
	if f == nil {
		if t.failures == nil {
			t.failures = map[int]*Failure{}
		}
		f = &Failure{Status: status, Request: request, Example: strings.TrimSpace(strings.ToValidUTF8(example, "�"))}
		t.failures[status] = f
	}
	f.Count += count
}

func (t *tally) merge(o *tally) {
	t.latency.merge(&o.latency)
	t.in += o.in
	t.out += o.out
	for _, f := range o.failures {
		t.fail(f.Status, f.Request, f.Example, f.Count)
	}
}

// sortedFailures returns the most frequent first.
func (t *tally) sortedFailures() []Failure {
	var list []Failure
	for _, f := range slices.SortedFunc(maps.Values(t.failures), func(a, b *Failure) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Status, b.Status))
	}) {
		list = append(list, *f)
	}
	return list
}

// watch is what the progress line shows of all workers, and the gate that
// keeps the warm-up out of the count.
type watch struct {
	open     atomic.Bool
	requests atomic.Uint64
	errors   atomic.Uint64
	runs     atomic.Uint64
}

// recorder collects what one worker sees, by kind of request in the order of
// first appearance.
type recorder struct {
	*watch
	due   *schedule     // nil: always
	late  time.Duration // by how much the request missed its place in the schedule
	parts []*tally
	runs  tally // whole runs of a simulated node
}

func (r *recorder) part(label string) *tally {
	// There are a dozen at most.
	for _, t := range r.parts {
		if t.label == label {
			return t
		}
	}
	t := &tally{label: label}
	r.parts = append(r.parts, t)
	return t
}

// sent counts what became of a request and reports whether it was as expected.
func (r *recorder) sent(label, request string, fine bool, s wire.Sent, err error) bool {
	if !r.open.Load() {
		return fine && err == nil
	}
	t := r.part(label)
	t.out += uint64(s.Out)
	t.in += uint64(s.Size)
	switch {
	case err != nil:
		t.fail(0, request, err.Error(), 1)
	case !fine:
		t.fail(s.Status, request, string(s.Body), 1)
	default:
		t.latency.record(r.late + s.Took)
		r.requests.Add(1)
		return true
	}
	r.errors.Add(1)
	return false
}

// call counts what became of a call.
func (r *recorder) call(c *wire.Call, s wire.Sent, err error) bool {
	return r.sent(c.Label, c.Method+" "+c.Path, c.Fine(&s.Response), s, err)
}

// run counts a run of a simulated node that took that long.
func (r *recorder) run(d time.Duration) {
	if r.open.Load() {
		r.runs.latency.record(d)
		r.watch.runs.Add(1)
	}
}

// collect adds up what the workers saw: by kind of request, those of order
// first, and the runs.
func collect(recorders []*recorder, order ...string) (parts []*tally, runs *tally) {
	sum := &recorder{}
	for _, label := range order {
		sum.part(label)
	}
	for _, r := range recorders {
		sum.runs.merge(&r.runs)
		for _, t := range r.parts {
			sum.part(t.label).merge(t)
		}
	}
	seen := slices.DeleteFunc(sum.parts, func(t *tally) bool { return t.latency.count == 0 && t.failures == nil })
	return seen, &sum.runs
}
