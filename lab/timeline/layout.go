package timeline

import (
	"slices"
	"time"
)

// Sizes in pixels.
const (
	pageWidth  = 960.0
	plotLeft   = 132.0
	plotRight  = pageWidth - 24
	plotWidth  = plotRight - plotLeft
	lineHeight = 18.0
	markHeight = 19.0
	laneHeight = 30.0
	lanePitch  = laneHeight + 10
	gapHeight  = 34.0
	answersTop = 16.0 // between what is above and the chart
	answers    = 110.0
	waiting    = 64.0
	axisHeight = 30.0
)

// A drawing is a record on its way to a picture: where everything goes is known
// before anything is drawn.
type drawing struct {
	canvas
	*Record
	hosts []string

	title, about, note []string
	marks              []placed
	legend             [][]entry
	tick, bucket       time.Duration
	buckets            []bucket

	// From top to bottom: where each part begins.
	marksTop, plotTop, gapTop, answersTop, waitingTop, bottom, legendTop, height float64
}

// placed is a mark and the row that its label is in.
type placed struct {
	Mark
	x    float64
	row  int
	text string
	at   float64 // where the label begins
}

func newDrawing(r *Record) *drawing {
	d := &drawing{Record: r}
	d.findHosts()
	span := r.To.Sub(r.From)
	d.tick, d.bucket = tick(span, 14), bucketWidth(span, plotWidth/2)
	d.buckets = r.buckets(d.bucket)
	const inner = pageWidth - 48
	d.title, d.about, d.note = fontTitle.wrap(r.Title, inner), fontAbout.wrap(r.About, inner), fontWhat.wrap(r.Note, inner)
	rows := d.placeMarks()
	d.legend = d.legendRows(inner)

	d.marksTop = 24 + float64(len(d.title))*24 + float64(len(d.about))*lineHeight + 8
	d.plotTop = d.marksTop + float64(rows)*markHeight + 8
	d.gapTop = d.plotTop + float64(len(r.Lanes))*lanePitch
	d.answersTop = d.gapTop + answersTop
	if len(r.shown()) > 0 {
		d.answersTop += gapHeight
	}
	d.waitingTop = d.answersTop + answers + 24
	d.bottom = d.waitingTop + waiting
	d.legendTop = d.bottom + axisHeight + 18
	d.height = d.legendTop + float64(len(d.legend))*22 + float64(len(d.note))*15 + 16
	return d
}

// findHosts are the lanes that are hosts, in their order, then whoever else had
// something: each has its colour.
func (d *drawing) findHosts() {
	add := func(name string) {
		if !slices.Contains(d.hosts, name) {
			d.hosts = append(d.hosts, name)
		}
	}
	for _, l := range d.Lanes {
		if l.isHost() {
			add(l.Name)
		}
	}
	for _, l := range d.Lanes {
		for _, c := range l.Changes {
			if c.To != "" && c.To != Off && !slices.Contains(states, c.To) {
				add(c.To)
			}
		}
	}
}

// isHost: the lane is an agent's.
func (l Lane) isHost() bool {
	return slices.ContainsFunc(l.Changes, func(c Change) bool { return c.To == Off || slices.Contains(states, c.To) })
}

// x is where a moment is, within the plot.
func (d *drawing) x(t time.Time) float64 {
	part := float64(t.Sub(d.From)) / float64(d.To.Sub(d.From))
	return plotLeft + plotWidth*min(max(part, 0), 1)
}

// placeMarks gives each label the first row in which it touches no other, and
// returns how many rows there are.
func (d *drawing) placeMarks() int {
	marks := slices.Clone(d.Marks)
	slices.SortStableFunc(marks, func(a, b Mark) int { return a.At.Compare(b.At) })
	var ends []float64 // of the rows
	for _, m := range marks {
		if m.At.Before(d.From) || m.At.After(d.To) {
			continue
		}
		p := placed{Mark: m, x: d.x(m.At), text: fontMark.fit(m.Text, plotWidth-16)}
		width := fontMark.width(p.text)
		if p.at = p.x + 8; p.at+width > plotRight {
			p.at = max(p.x-8-width, plotLeft) // on the other side of its line
		}
		for p.row < len(ends) && ends[p.row] > p.at-14 {
			p.row++
		}
		if p.row == len(ends) {
			ends = append(ends, 0)
		}
		ends[p.row] = p.at + width
		d.marks = append(d.marks, p)
	}
	return len(ends)
}
