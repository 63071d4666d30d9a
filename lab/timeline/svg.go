package timeline

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// SVG draws a record. The error is the writer's, or names what cannot be drawn.
func SVG(w io.Writer, r *Record) error {
	if err := r.validate(); err != nil {
		return err
	}
	d := newDrawing(r)
	d.begin()
	d.ground()
	d.lanes()
	d.answers()
	d.waiting()
	d.drawMarks()
	d.gaps()
	d.drawLegend()
	d.printf("</svg>\n")
	_, err := io.WriteString(w, d.b.String())
	return err
}

func (d *drawing) begin() {
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%[1]s" height="%s" role="img" aria-labelledby="timeline-title timeline-desc">`+"\n",
		point(pageWidth), point(d.height), point(d.height))
	d.printf("<title id=\"timeline-title\">%s</title>\n<desc id=\"timeline-desc\">%s</desc>\n", escape(d.Title), escape(d.describe()))
	d.printf("<style>%s</style>\n<defs>%s</defs>\n", style, hatch)
	d.rect("ground", box{0, 0, pageWidth, d.height}, 8, "")
	y := 18.0
	for _, line := range d.title {
		y += 22
		d.text(fontTitle, 24, y-4, start, line)
	}
	for _, line := range d.about {
		y += lineHeight
		d.text(fontAbout, 24, y, start, line)
	}
}

// describe is the picture in words.
func (d *drawing) describe() string {
	var b strings.Builder
	tell := func(s string) { b.WriteString(strings.TrimSpace(s) + "\n") }
	tell(d.About)
	for _, m := range d.marks {
		tell(offset(m.At.Sub(d.Zero)) + ": " + m.Text)
	}
	for _, l := range d.Lanes {
		for _, s := range d.spans(l) {
			text, _, _ := strings.Cut(s.tell(l.Name, d.Zero), "\n")
			tell(text)
		}
	}
	sum := d.sum()
	tell(fmt.Sprintf("requests: %d answered within %s, %d answered after waiting longer, %d failed", sum.served, millis(Held), sum.released, sum.failed))
	for _, g := range d.shown() {
		tell(offset(g.From.Sub(d.Zero)) + ": " + g.tell())
	}
	return b.String()
}

func millis(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }

// ground is what all else is drawn on: the time without service, and the axis.
func (d *drawing) ground() {
	for _, g := range d.shown() {
		from, to := d.x(g.From), d.x(g.To)
		d.rect("band", box{from, d.plotTop - 4, to - from, d.bottom - d.plotTop + 4}, 0, "")
	}
	d.axis()
}

// axis is that of time, with a label at each tick that has the room.
func (d *drawing) axis() {
	labelled := plotLeft - 50
	for at := d.From.Sub(d.Zero).Truncate(d.tick); !d.Zero.Add(at).After(d.To); at += d.tick {
		t := d.Zero.Add(at)
		if t.Before(d.From) {
			continue
		}
		x := d.x(t)
		d.line("grid", x, d.plotTop-4, x, d.bottom)
		d.line("axis", x, d.bottom, x, d.bottom+4)
		label := offset(at)
		half := fontTick.width(label) / 2
		if x-half > labelled+6 && x+half < pageWidth {
			d.text(fontTick, x, d.bottom+17, middle, label)
			labelled = x + half
		}
	}
	d.line("axis", plotLeft, d.bottom, plotRight, d.bottom)
}

func (d *drawing) lanes() {
	for i, l := range d.Lanes {
		y := d.plotTop + float64(i)*lanePitch
		d.text(fontName, plotLeft-14, y+13, end, fontName.fit(l.Name, plotLeft-30))
		d.text(fontWhat, plotLeft-14, y+26, end, fontWhat.fit(l.What, plotLeft-30))
		d.rect("track", box{plotLeft, y, plotWidth, laneHeight}, 4, "")
		for _, s := range d.spans(l) {
			d.span(l, s, y)
		}
	}
}

// span draws one, with its name where that fits.
func (d *drawing) span(l Lane, s span, y float64) {
	b := box{d.x(s.from), y, max(d.x(s.to)-d.x(s.from), 0.75), laneHeight}
	f := fontSpan
	if s.what == "" {
		f = fontWhat // on the bare track
	} else {
		d.rect(d.class(s.what), b, min(3, b.w/2), s.tell(l.Name, d.Zero))
	}
	if x, w := d.clearOfMarks(b); f.width(s.name())+10 <= w {
		d.text(f, x+w/2, y+laneHeight/2+4, middle, s.name())
	}
}

// clearOfMarks is the widest part of a bar that no mark's line crosses.
func (d *drawing) clearOfMarks(b box) (x, w float64) {
	from, to := b.x, b.x+b.w
	last := from
	for _, p := range d.marks { // in the order of their times
		if p.x <= from || p.x >= to {
			continue
		}
		if p.x-last > w {
			x, w = last, p.x-last
		}
		last = p.x
	}
	if to-last > w {
		x, w = last, to-last
	}
	return x, w
}

func (d *drawing) drawMarks() {
	for _, p := range d.marks {
		line, head, f := "markline", "markhead", fontMark
		if p.Fault {
			line, head = "faultline", "faulthead"
			f.class += " faulttext"
		}
		y := d.marksTop + float64(p.row)*markHeight
		d.line(line, p.x, y+8, p.x, d.bottom)
		d.path(head, fmt.Sprintf("M%s %sl5 -8h-10z", point(p.x), point(y+12)), "")
		d.text(f, p.at, y+12, start, p.text)
	}
}
