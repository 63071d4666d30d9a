package failover

import (
	"fmt"
	"strings"
	"time"

	"tournant/lab/load"
	"tournant/lab/timeline"
)

// A Result is one line of the record.
type Result struct {
	At      time.Time `json:"at"`
	Commit  string    `json:"commit"`
	Seed    uint64    `json:"seed"`
	Profile string    `json:"profile"`
	// Lab is what its hosts are: see Kind. Without one they were namespaces.
	Lab Kind   `json:"lab,omitempty"`
	Row string `json:"row"`
	// From is the version of the packages that an upgrade is from, and To the one that
	// it is to.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Moved says that the other backend served in the end.
	Moved bool `json:"moved"`
	// Gap is the longest time without an acknowledged write, in milliseconds, and
	// GapAfter is how long after the fault it began.
	Gap      int64 `json:"gap_ms"`
	GapAfter int64 `json:"gap_after_ms"`

	Requests     int            `json:"requests"`
	Writes       int            `json:"writes"`
	Acknowledged int            `json:"acknowledged"`
	Failed       map[string]int `json:"failed"` // by route
	Lost         int            `json:"lost"`
	Doubled      int            `json:"doubled"`
	Stale        int            `json:"stale"`
	// Frames are those that left from the VIP; Late those past a lease.
	Frames int    `json:"frames"`
	Late   int    `json:"late"`
	Epoch  uint64 `json:"epoch"`
	// Takings is how often the volume was taken since the fault.
	Takings int `json:"takings,omitempty"`
	// Stages are those of an upgrade.
	Stages []StageResult `json:"stages,omitempty"`
	// Wrong is what must not be, empty if all is well.
	Wrong []string `json:"wrong,omitempty"`

	// Timeline is what happened, to be drawn.
	Timeline *timeline.Record `json:"-"`

	// hurt and hurtBy are when the fault began and when it had happened, well is when
	// all was well again.
	hurt, hurtBy, heal, well, end time.Time
}

// atMost is how many examples of one wrong are told.
const atMost = 5

// wrong notes what must not be, with examples, if there were any.
func (r *Result) wrong(n int, what string, examples []string) {
	if n == 0 {
		return
	}
	r.Wrong = append(r.Wrong, fmt.Sprintf("%s (%d): %s", what, n, strings.Join(examples[:min(len(examples), atMost)], "; ")))
}

// measure takes the time without service, until the clients were told to stop:
// what they wait for after that tells nothing of it.
func (r *Result) measure(h load.History) {
	gap, began := h.Gap(r.hurt.Add(-time.Second), r.end)
	r.Gap, r.GapAfter = gap.Milliseconds(), began.Sub(r.hurt).Milliseconds()
	r.measureStages(h)
}

func (r *Result) take(p load.Report) {
	r.Requests, r.Writes, r.Acknowledged, r.Failed = p.Requests, p.Writes, p.Acknowledged, p.Failed
	r.Lost, r.Doubled, r.Stale = len(p.Lost), len(p.Doubled), len(p.Stale)
	r.wrong(r.Lost, "acknowledged writes are lost", p.Lost)
	r.wrong(r.Doubled, "writes were done twice", p.Doubled)
	r.wrong(r.Stale, "answers were stale", p.Stale)
}

func (r *Result) String() string {
	s := fmt.Sprintf("%s: moved %v, %d ms without service from %d ms after the fault; %d requests, %d of %d writes acknowledged, failed %v; lost %d, doubled %d, stale %d; %d frames, %d late; epoch %d",
		r.Row, r.Moved, r.Gap, r.GapAfter, r.Requests, r.Acknowledged, r.Writes, r.Failed, r.Lost, r.Doubled, r.Stale, r.Frames, r.Late, r.Epoch)
	for _, g := range r.Stages {
		s += fmt.Sprintf("\n  %s: %d ms, of which %d without service", g.Name, g.Took, g.Gap)
	}
	for _, w := range r.Wrong {
		s += "\n  WRONG: " + w
	}
	return s
}
