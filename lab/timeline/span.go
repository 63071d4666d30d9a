package timeline

import (
	"slices"
	"strings"
	"time"
)

// A span is a time in which a lane was the same.
type span struct {
	from, to time.Time
	what     string
	why      []string
}

// spans are the lane's within the record's time, none of them before its first
// change.
func (r *Record) spans(l Lane) []span {
	changes := slices.Clone(l.Changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return a.At.Compare(b.At) })
	var all []span
	for i, c := range changes {
		s := span{from: later(c.At, r.From), to: r.To, what: c.To}
		if i+1 < len(changes) {
			s.to = earlier(changes[i+1].At, r.To)
		}
		if !s.from.Before(s.to) {
			continue
		}
		if last := len(all) - 1; last >= 0 && all[last].what == s.what && all[last].to.Equal(s.from) {
			all[last].to = s.to
		} else {
			all = append(all, s)
		}
		all[len(all)-1].because(c.Why)
	}
	return all
}

// because adds a reason, unless it was the last one too.
func (s *span) because(why string) {
	if why != "" && (len(s.why) == 0 || s.why[len(s.why)-1] != why) {
		s.why = append(s.why, why)
	}
}

// name is what a reader is told.
func (s span) name() string {
	switch s.what {
	case "":
		return "nobody"
	case Off:
		return "no power"
	}
	return s.what
}

// tell is the span in words, with times from zero.
func (s span) tell(lane string, zero time.Time) string {
	text := lane + ": " + s.name() + ", " + offset(s.from.Sub(zero)) + " to " + offset(s.to.Sub(zero))
	if len(s.why) > 0 {
		text += "\n" + strings.Join(s.why, "\n")
	}
	return text
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
