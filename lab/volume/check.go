package volume

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// A Report is what a log proves.
type Report struct {
	Attachments, Accepted, Refused int
	// LastEpoch is the highest that was written.
	LastEpoch uint64
	// Violations is empty if there was never a second writer.
	Violations []string
}

func (r Report) String() string {
	s := fmt.Sprintf("%d attachments, %d writes accepted, %d refused, last epoch %d", r.Attachments, r.Accepted, r.Refused, r.LastEpoch)
	for _, v := range r.Violations {
		s += "\n" + v
	}
	return s
}

// Check reads a log and proves, or not, that every accepted write came from the
// attachment of the time and that epochs never went backwards. A last line that
// is cut short, as by a crash, is left out.
func Check(r io.Reader) (Report, error) {
	var report Report
	var holder Entry
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return report, nil
		}
		if err != nil {
			return report, err
		}
		var e Entry
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			return report, fmt.Errorf("line %d: %w", n, err)
		}
		if wrong := report.add(&holder, e); wrong != "" {
			report.Violations = append(report.Violations, fmt.Sprintf("line %d: %s: %s", n, wrong, strings.TrimSpace(line)))
		}
	}
}

// add takes one line into account and says what is wrong with it. holder is the
// line that attached, or empty.
func (r *Report) add(holder *Entry, e Entry) string {
	switch e.Event {
	case Opened:
		*holder = Entry{}
		return ""
	case Attach:
		before := *holder
		*holder = e
		r.Attachments++
		if before.Attachment != 0 {
			return fmt.Sprintf("%s is attached while %s still is", e.Instance, before.Instance)
		}
		return ""
	case Cut:
		if holder.Attachment != e.Attachment {
			return "what is cut was not attached"
		}
		*holder = Entry{}
		return ""
	case "":
	default:
		return fmt.Sprintf("event %q is not known", e.Event)
	}
	if !e.OK {
		r.Refused++
		return ""
	}
	r.Accepted++
	if holder.Attachment != e.Attachment || holder.Instance != e.Instance {
		return "a write was accepted from one that is not attached"
	}
	if e.Epoch < r.LastEpoch {
		return fmt.Sprintf("the epoch went back from %d", r.LastEpoch)
	}
	r.LastEpoch = e.Epoch
	return ""
}
