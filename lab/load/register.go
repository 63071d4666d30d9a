package load

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

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
	all := append(slices.Clone(h), last)
	outcome := all.ordered()
	if outcome == porcupine.Ok {
		return ""
	}
	// The shortest beginning that has no order ends with what is wrong.
	slices.SortStableFunc(all, func(a, b Operation) int { return a.Return.Compare(b.Return) })
	n := sort.Search(len(all)-1, func(n int) bool { return all.until(n).ordered() != porcupine.Ok })
	return fmt.Sprintf("%s; no order explains it and the %d operations before it (%s); at last it was %d", all[n], n, outcome, last.Seen)
}

// until is what had happened by the return of the n-th operation: those that returned
// later, but are writes and had begun, may have been done.
func (h History) until(n int) History {
	beginning := slices.Clone(h[:n+1])
	for _, o := range h[n+1:] {
		if o.Writes() && !o.refused() && o.Call.Before(h[n].Return) {
			o.Status = 0
			beginning = append(beginning, o)
		}
	}
	return beginning
}

// ordered says whether an order of a register's operations explains all answers.
func (h History) ordered() porcupine.CheckResult {
	if len(h) == 0 {
		return porcupine.Ok
	}
	began := slices.MinFunc(h, func(a, b Operation) int { return a.Call.Compare(b.Call) }).Call
	seen := h.seen()
	var ops []porcupine.Operation
	for _, o := range h {
		switch {
		case o.ok():
		case !o.Writes() || o.refused():
			continue // it saw nothing, or did nothing
		default:
			// A write without an answer may have been done at any time, or may yet be: if nobody
			// saw it, it explains nothing and hinders nothing. Else it was done before the first
			// answer that shows it. Left open, each would double the search.
			at, ok := seen[o.Value]
			if !ok {
				continue
			}
			if at.After(o.Call) {
				o.Return = at
			}
		}
		ops = append(ops, porcupine.Operation{
			ClientId: max(o.Client, 0), Input: o, Output: o.Seen, Call: int64(o.Call.Sub(began)), Return: int64(o.Return.Sub(began)),
		})
	}
	return porcupine.CheckOperationsTimeout(registerModel, ops, explainTime)
}

// seen is, for each value, when the first answer that shows it came.
func (h History) seen() map[int]time.Time {
	first := map[int]time.Time{}
	for _, o := range h {
		if o.Writes() || !o.ok() {
			continue
		}
		if at, ok := first[o.Seen]; !ok || o.Return.Before(at) {
			first[o.Seen] = o.Return
		}
	}
	return first
}

// registerModel is a register that begins with 0.
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
