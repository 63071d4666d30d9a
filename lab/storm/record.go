package storm

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"tournant/lab/failover"
	"tournant/lab/fakeec2"
	"tournant/lab/timeline"
)

// A Record is one line of the record: a whole storm.
type Record struct {
	failover.Result
	// Length is how long it was, in milliseconds.
	Length int64    `json:"length_ms"`
	Gusts  []*Blown `json:"gusts"`
	// Forces are the volume's detachments that did not ask the host.
	Forces []fakeec2.Force `json:"forces"`
	// Causes are why requests through frontends failed, and how many did.
	Causes map[string]int `json:"causes"`

	// Picture is what happened, to be drawn.
	Picture *timeline.Record `json:"-"`
}

// Blown is a gust as it went.
type Blown struct {
	Gust
	At time.Time `json:"at"`
	// Holder had the volume at its beginning, Primary in its end.
	Holder   string      `json:"holder"`
	Primary  string      `json:"primary"`
	Happened []*Happened `json:"happened"`
	// Ahead is how far EC2's clock is ahead of everybody's.
	Ahead time.Duration `json:"ahead,omitempty"`
	// Waits is why a force had to wait, if one was needed: "young" or "hold-down".
	Waits string `json:"waits,omitempty"`
	// Mended is when nothing was broken any more, Served when somebody served after that,
	// Settled when all was well.
	Mended  time.Time `json:"mended"`
	Served  time.Time `json:"served,omitzero"`
	Settled time.Time `json:"settled"`
	// Gap is the longest time without an acknowledged write, in milliseconds, and GapAfter how
	// long after the gust's beginning it began.
	Gap      int64          `json:"gap_ms"`
	GapAfter int64          `json:"gap_after_ms"`
	Requests int            `json:"requests"`
	Failed   map[string]int `json:"failed"`
	Wrong    []string       `json:"wrong,omitempty"`
}

// Happened is a fault as it was.
type Happened struct {
	Planned
	Host   string    `json:"host,omitempty"`
	At     time.Time `json:"at"`
	Mended time.Time `json:"mended"`
	// Refused is why it, or its mending, did not come about.
	Refused string `json:"refused,omitempty"`
}

// String names a fault and whom it befell.
func (f *Happened) String() string {
	if f.Host == "" {
		return f.Kind
	}
	s := f.Kind + " " + f.Host
	if f.Role == Primary || f.Role == Standby {
		s += " (" + string(f.Role) + ")"
	}
	if f.Refused != "" {
		s += " [came to nothing]"
	}
	return s
}

// alone says that there was one fault only, which came about.
func (b *Blown) alone() bool { return len(b.Happened) == 1 && b.Happened[0].Refused == "" }

func (b *Blown) wrong(format string, args ...any) {
	b.Wrong = append(b.Wrong, fmt.Sprintf(format, args...))
}

func (b *Blown) names() string {
	var all []string
	for _, f := range b.Happened {
		all = append(all, f.String())
	}
	return strings.Join(all, " + ")
}

// plan is what is going to happen.
func (b *Blown) plan() string {
	var all []string
	for _, f := range b.Happened {
		all = append(all, f.String()+f.when())
	}
	s := strings.Join(all, ", and ")
	if b.Quiet {
		s += "; after a quiet time"
	}
	if b.Waits != "" {
		s += "; a force would wait: " + b.Waits
	}
	return s
}

// outcome is what came of it.
func (b *Blown) outcome() string {
	failed := 0
	for _, n := range b.Failed {
		failed += n
	}
	who := b.Primary + " goes on"
	if b.Primary != b.Holder {
		who = b.Primary + " took over"
	}
	return fmt.Sprintf("%s: %.1f s without service; %s; %d requests, %d failed; all well %.1f s after it was mended",
		b.names(), float64(b.Gap)/1000, who, b.Requests, failed, b.Settled.Sub(b.Mended).Seconds())
}

// wrong notes what must not be, with its moment.
func (r *Record) wrong(at time.Time, format string, args ...any) {
	r.Wrong = append(r.Wrong, at.Format("15:04:05.000")+": "+fmt.Sprintf(format, args...))
}

// All are all that must not have been.
func (r *Record) All() []string {
	var all []string
	for _, b := range r.Gusts {
		for _, w := range b.Wrong {
			all = append(all, fmt.Sprintf("%s, gust %d (%s): %s", b.At.Format("15:04:05.000"), b.Number, b.names(), w))
		}
	}
	return append(all, r.Wrong...)
}

// Append adds a storm to a file. "" is none.
func Append(file string, r *Record) error {
	if file == "" {
		return nil
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// maxLine is more than a day's storm.
const maxLine = 16 << 20

// ReadRecords reads a file of storms.
func ReadRecords(file string) ([]Record, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []Record
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var r Record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, r)
	}
	return all, lines.Err()
}
