package storm

import (
	"fmt"
	"strconv"
	"time"

	"tournant/lab/load"
	"tournant/lab/timeline"
)

// draw keeps the whole storm as a picture.
func (s *storm) draw(h load.History) error {
	r := s.record
	lanes, err := s.Lanes()
	if err != nil {
		return err
	}
	for i := range lanes {
		if lanes[i].Name == "VIP" {
			lanes[i].Changes = s.watch.moves()
		}
	}
	p := &timeline.Record{
		Title: fmt.Sprintf("A storm of %s: %d faults, from seed %d", mmss(time.Duration(r.Length)*time.Millisecond), r.faults(), r.Seed),
		About: "Each line is a gust, one fault or two, by its number in the table below. Clients go through two frontends and repeat nothing.",
		From:  r.At, To: r.At.Add(time.Duration(r.Length) * time.Millisecond), Zero: r.At, Lanes: lanes, Requests: timeline.Requests(h),
	}
	for _, b := range r.Gusts {
		p.Marks = append(p.Marks, timeline.Mark{At: b.At, Text: strconv.Itoa(b.Number), Fault: true})
		if from := b.At.Add(time.Duration(b.GapAfter) * time.Millisecond); b.Gap >= noticed.Milliseconds() {
			p.Gaps = append(p.Gaps, timeline.Gap{From: from, To: from.Add(time.Duration(b.Gap) * time.Millisecond), Of: "an acknowledged write"})
		}
	}
	p.Clip()
	r.Picture = p
	return nil
}

// noticed is the shortest time without service that is drawn.
const noticed = 2 * time.Second

func (r *Record) faults() int {
	n := 0
	for _, b := range r.Gusts {
		n += len(b.Happened)
	}
	return n
}
