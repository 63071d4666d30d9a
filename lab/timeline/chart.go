package timeline

import (
	"fmt"
	"strings"
)

// answers are bars: how many requests got one in each bucket.
func (d *drawing) answers() {
	most := 0
	for _, b := range d.buckets {
		most = max(most, b.answered())
	}
	top := ceiling(most)
	d.chart(d.answersTop, answers, top, "answers", "per "+d.bucketText())
	height := answers / float64(top)
	for _, kind := range []struct {
		class string
		count func(bucket) (below, n int)
	}{
		{"served", func(b bucket) (int, int) { return 0, b.served }},
		{"released", func(b bucket) (int, int) { return b.served, b.released }},
		{"failed", func(b bucket) (int, int) { return b.served + b.released, b.failed }},
	} {
		var path strings.Builder
		for i, b := range d.buckets {
			below, n := kind.count(b)
			if n == 0 {
				continue
			}
			x, w := d.bucketAt(i)
			fmt.Fprintf(&path, "M%s %sh%sv%sh-%sz", point(x), point(d.answersTop+answers-float64(below+n)*height), point(w), point(float64(n)*height), point(w))
		}
		if path.Len() > 0 {
			d.path(kind.class, path.String(), "")
		}
	}
}

// waiting is an area: how many requests have waited for too long.
func (d *drawing) waiting() {
	most := 0
	for _, b := range d.buckets {
		most = max(most, b.held)
	}
	top := ceiling(most)
	d.chart(d.waitingTop, waiting, top, "held", "waiting > "+millis(Held))
	height := waiting / float64(top)
	base := d.waitingTop + waiting
	var path strings.Builder
	for i, b := range d.buckets {
		if b.held > 0 {
			x, w := d.bucketAt(i)
			fmt.Fprintf(&path, "M%s %sh%sv%sh-%sz", point(x), point(base-float64(b.held)*height), point(w), point(float64(b.held)*height), point(w))
		}
	}
	if path.Len() > 0 {
		d.path("held", path.String(), "")
	}
}

// bucketAt is where a bucket begins and how wide it is. The last may be cut off.
func (d *drawing) bucketAt(i int) (x, w float64) {
	each := plotWidth * float64(d.bucket) / float64(d.To.Sub(d.From))
	x = plotLeft + float64(i)*each
	w = min(each, plotRight-x)
	if w > 3 {
		w -= 0.6 // bars that can be told apart
	}
	return x, w
}

func (d *drawing) bucketText() string {
	if ms := d.bucket.Milliseconds(); ms < 1000 {
		return millis(d.bucket)
	}
	return seconds(d.bucket) + " s"
}

// chart is what a chart stands on, and its scale from 0 to top.
func (d *drawing) chart(y, h float64, top int, name, what string) {
	d.text(fontName, plotLeft-14, y+h/2-1, end, name)
	d.text(fontWhat, plotLeft-14, y+h/2+13, end, what)
	for _, v := range []int{top, top / 2, 0} {
		at := y + h - h*float64(v)/float64(top)
		d.line("grid", plotLeft, at, plotRight, at)
		if v == top || v == 0 {
			d.text(fontTick, plotLeft-5, at+4, end, fmt.Sprint(v))
		}
	}
	d.line("axis", plotLeft, y+h, plotRight, y+h)
}
