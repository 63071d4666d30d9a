package demo

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tournant/lab/load"
	"tournant/lab/timeline"
)

// around is how much of the time before and after a taking over is drawn.
const around = 5 * time.Second

// draw draws the whole, and each taking over by itself.
func (s *show) draw(h load.History) error {
	r := &s.report
	whole := timeline.Record{
		Title: "A power cut, a return and a hand-over", From: r.began, To: r.end, Zero: r.cut, Gaps: []timeline.Gap{r.Cut.Gap, r.Stop.Gap},
	}
	cut := timeline.Record{
		Title: fmt.Sprintf("Power cut: %s takes over from %s", r.Cut.By, r.Cut.From), From: r.cut.Add(-around), To: r.Cut.Gap.To.Add(around), Zero: r.cut,
		Gaps: whole.Gaps[:1],
	}
	stop := timeline.Record{
		Title: fmt.Sprintf("Planned hand-over: %s takes over from %s", r.Stop.By, r.Stop.From), From: r.stopped.Add(-around), To: r.Stop.Gap.To.Add(around), Zero: r.stopped,
		Gaps: whole.Gaps[1:],
	}
	for _, p := range []struct {
		name   string
		record timeline.Record
	}{{"demo", whole}, {"power-cut", cut}, {"hand-over", stop}} {
		if err := s.keep(p.name, p.record, h); err != nil {
			return err
		}
	}
	return nil
}

func (s *show) keep(name string, t timeline.Record, h load.History) error {
	r := &s.report
	var err error
	if t.Lanes, err = s.Lanes(); err != nil {
		return err
	}
	t.About = fmt.Sprintf("%d nodes run chef-client against %d frontends and repeat nothing.", s.Nodes, len(s.Frontends()))
	t.Note = fmt.Sprintf("One run on %s of %s. The hosts are %s; %s. Of %d acknowledged writes %d are lost.",
		r.began.UTC().Format("2006-01-02"), s.Of, s.Kind, s.Times, r.Load.Acknowledged, len(r.Load.Lost))
	t.Marks = []timeline.Mark{
		{At: r.cut, Text: "power cut, " + r.Cut.From, Fault: true}, {At: r.on, Text: r.Cut.From + " is switched on"},
		{At: r.stopped, Text: "stop keepalived, " + r.Stop.From}, {At: r.handed, Text: "start keepalived, " + r.Stop.From},
	}
	t.Requests = timeline.Requests(h)
	t.Clip()
	var picture, record bytes.Buffer
	if err := errors.Join(timeline.SVG(&picture, &t), t.Write(&record)); err != nil {
		return err
	}
	file := filepath.Join(s.Pictures, name+".svg")
	r.Pictures = append(r.Pictures, file)
	return errors.Join(
		os.WriteFile(file, picture.Bytes(), 0o644),
		os.WriteFile(filepath.Join(s.Pictures, name+".json"), record.Bytes(), 0o644),
	)
}
