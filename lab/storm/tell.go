package storm

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
)

// Tell says what a seed does in a time, at least: how long clusters take to be well again
// is not known.
func Tell(w io.Writer, seed uint64, length time.Duration) error {
	s := NewSchedule(seed)
	for at := time.Duration(0); at < length; {
		g := s.Next()
		if _, err := fmt.Fprintf(w, "+%s  #%d %s\n", mmss(at), g.Number, g); err != nil {
			return err
		}
		over := time.Duration(0)
		for _, p := range g.Faults {
			over = max(over, p.After+p.Lasts)
		}
		at += over + g.Calm
	}
	return nil
}

// String is a gust in words.
func (g Gust) String() string {
	var all []string
	for _, p := range g.Faults {
		who := cmp.Or(p.Frontend, string(p.Role))
		all = append(all, strings.TrimSpace(p.Kind+" "+who)+p.when())
	}
	s := strings.Join(all, ", and ")
	if g.Quiet {
		s += "; after a quiet time"
	}
	return s + fmt.Sprintf("; then %.1f s of calm", g.Calm.Seconds())
}

// when is how long after the gust's beginning, and for how long, where it is not at once.
func (p Planned) when() (s string) {
	if p.After > 0 {
		s += fmt.Sprintf(" after %.1f s", p.After.Seconds())
	}
	if p.Lasts > 0 {
		s += fmt.Sprintf(" for %.1f s", p.Lasts.Seconds())
	}
	return s
}

// Summary is a storm in a few lines.
func (r *Record) Summary() string {
	return fmt.Sprintf("seed %d, commit %s: %d faults in %d gusts, %s; %d requests, %d of %d writes acknowledged, failed %v (%v); lost %d, doubled %d, stale %d; %d frames from the VIP, %d past a lease; %d forces; %s without service, %s at most",
		r.Seed, r.Commit, r.faults(), len(r.Gusts), mmss(time.Duration(r.Length)*time.Millisecond), r.Requests, r.Acknowledged, r.Writes, r.Failed, r.Causes,
		r.Lost, r.Doubled, r.Stale, r.Frames, r.Late, len(r.Forces), inSeconds(r.unserved()), inSeconds(r.longest()))
}

func inSeconds(ms int64) string { return fmt.Sprintf("%.1f s", float64(ms)/1000) }

// unserved is the sum of the gusts' times without service that anybody would notice.
func (r *Record) unserved() (ms int64) {
	for _, b := range r.Gusts {
		if b.Gap >= noticed.Milliseconds() {
			ms += b.Gap
		}
	}
	return ms
}

func (r *Record) longest() (ms int64) {
	for _, b := range r.Gusts {
		ms = max(ms, b.Gap)
	}
	return ms
}
