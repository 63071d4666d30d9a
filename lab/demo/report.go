package demo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/load"
	"tournant/lab/timeline"
	"tournant/lab/volume"
)

// A Report is what came of a demonstration.
type Report struct {
	// Up is how long the cluster took to come up.
	Up time.Duration
	// Cut and Stop are the two takings over, Back is how long the former primary
	// took to be standby.
	Cut, Stop Taking
	Back      time.Duration
	Load      load.Report
	Volume    volume.Report
	// Pictures are the files of them, the whole first.
	Pictures []string

	began, cut, on, back, stopped, handed, end time.Time
	unfollow                                   func()
}

// A Taking is one backend's taking over from the other.
type Taking struct {
	From, By string
	// Gap is the longest time without an acknowledged write.
	Gap timeline.Gap
	// Held are the requests that waited, Failed those that came to nothing.
	Held, Failed int
	// Steps are what the one that took over was at, and for how long.
	Steps []Step
}

// A Step is what an agent was at.
type Step struct {
	// After is how long after the beginning it was first at it, For how long in all.
	After, For time.Duration
	Why        string
}

// Wrong is what must not be, empty if all is well.
func (r *Report) Wrong() []string {
	var wrong []string
	tell := func(n int, what string, examples []string) {
		if n > 0 {
			wrong = append(wrong, fmt.Sprintf("%d %s: %s", n, what, strings.Join(examples[:min(len(examples), 3)], "; ")))
		}
	}
	tell(len(r.Load.Lost), "acknowledged writes are lost", r.Load.Lost)
	tell(len(r.Load.Doubled), "writes were done twice", r.Load.Doubled)
	tell(len(r.Load.Stale), "answers were stale", r.Load.Stale)
	tell(r.failed(), "requests failed", nil)
	tell(len(r.Volume.Violations), "writes by a second writer", r.Volume.Violations)
	return wrong
}

func (r *Report) failed() int {
	n := 0
	for _, f := range r.Load.Failed {
		n += f
	}
	return n
}

// checkVolume looks for a second writer in its log.
func (s *show) checkVolume() error {
	f, err := os.Open(s.VolumeLog())
	if err != nil {
		return err
	}
	defer f.Close()
	s.report.Volume, err = volume.Check(f)
	return err
}

// measure the two takings over.
func (s *show) measure(h load.History) error {
	r := &s.report
	lanes, err := s.Lanes()
	if err != nil {
		return err
	}
	r.Back = r.back.Sub(r.on)
	r.Cut = taking(h, lanes, r.cut, r.on)
	r.Stop = taking(h, lanes, r.stopped, r.handed)
	return nil
}

// taking is what there was of one between its beginning and a moment at which it
// was over.
func taking(h load.History, lanes []timeline.Lane, began, over time.Time) Taking {
	gap, from := h.Gap(began, over)
	t := Taking{Gap: timeline.Gap{From: from, To: from.Add(gap), Of: "an acknowledged write"}}
	for _, o := range h {
		if o.Return.Before(began) || o.Call.After(over) {
			continue
		}
		if o.Failed() {
			t.Failed++
		} else if o.Return.Sub(o.Call) > timeline.Held {
			t.Held++
		}
	}
	for _, l := range lanes {
		if slices.Contains(cluster.Backends, l.Name) && at(l.Changes, over).To == "primary" {
			t.By, t.From, t.Steps = l.Name, cluster.Peer(l.Name), steps(l.Changes, began, t.Gap.To)
		}
	}
	return t
}

// at is what a lane was at a moment.
func at(changes []timeline.Change, when time.Time) timeline.Change {
	var was timeline.Change
	for _, c := range changes {
		if !c.At.After(when) {
			was = c
		}
	}
	return was
}

// noticeable is how long a step takes that is told of: most take less.
const noticeable = 50 * time.Millisecond

// steps are what an agent said that it was at between two moments, each once, and
// for how long in all: it looks again and again at what it waits for.
func steps(changes []timeline.Change, from, to time.Time) []Step {
	var all []Step
	for i, c := range changes {
		until := to
		if i+1 < len(changes) && changes[i+1].At.Before(to) {
			until = changes[i+1].At
		}
		began := c.At
		if began.Before(from) {
			began = from
		}
		if !began.Before(until) {
			continue
		}
		same := slices.IndexFunc(all, func(s Step) bool { return s.Why == c.Why })
		if same < 0 {
			same = len(all)
			all = append(all, Step{After: began.Sub(from), Why: c.Why})
		}
		all[same].For += until.Sub(began)
	}
	return slices.DeleteFunc(all, func(s Step) bool { return s.For < noticeable })
}

// Print writes it as people read it. The error joins all that was wrong.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	b.WriteString("\nWhat you have seen\n\n")
	line("cluster", "up after %s", brief(r.Up))
	r.Cut.print(line, "power cut")
	line("return", "%s was switched on, and standby after %s", r.Cut.From, brief(r.Back))
	r.Stop.print(line, "hand-over")
	line("requests", "%d, of which %d failed", r.Load.Requests, r.failed())
	line("writes", "%d acknowledged, and every one looked for: %d lost, %d done twice, %d read stale", r.Load.Acknowledged, len(r.Load.Lost), len(r.Load.Doubled), len(r.Load.Stale))
	line("volume", "%d writes accepted in %d attachments, %d refused; by a second writer: %d", r.Volume.Accepted, r.Volume.Attachments, r.Volume.Refused, len(r.Volume.Violations))
	for i, p := range r.Pictures {
		line([]string{"pictures", ""}[min(i, 1)], "%s", p)
	}
	_, err := io.WriteString(w, b.String())
	errs := []error{err}
	for _, wrong := range r.Wrong() {
		errs = append(errs, errors.New(wrong))
	}
	return errors.Join(errs...)
}

func (t Taking) print(line func(name, format string, args ...any), name string) {
	line(name, "%s took over from %s: %s without an acknowledged write, %d requests held and then answered, %d failed", t.By, t.From, brief(t.Gap.Length()), t.Held, t.Failed)
	for _, s := range t.Steps {
		line("", "  %7s  %s", brief(s.For), s.Why)
	}
}

// brief is a duration as people say it.
func brief(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	default:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
}
