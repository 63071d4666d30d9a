package timeline_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tournant/lab/timeline"
)

// tester is as much of tests as rapid's have too.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// A label is a text of a picture, with where it is.
type label struct {
	text                     string
	left, right, top, bottom float64
}

func (a label) touches(b label) bool {
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

// labels reads all texts, and fails where the picture is no XML.
func labels(t tester, svg []byte) (all []label, height float64) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, height
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "svg":
			height = number(t, e, "height")
		case "text":
			var text string
			if err := d.DecodeElement(&text, &e); err != nil {
				t.Fatal(err)
			}
			all = append(all, place(t, e, text))
		}
	}
}

func place(t tester, e xml.StartElement, text string) label {
	class, _, _ := strings.Cut(attribute(e, "class"), " ")
	w, size := timeline.Width(class, text), timeline.Size(class)
	if size == 0 {
		t.Fatalf("text %q is of no font: %q", text, class)
	}
	x, y := number(t, e, "x"), number(t, e, "y")
	switch attribute(e, "text-anchor") {
	case "middle":
		x -= w / 2
	case "end":
		x -= w
	}
	return label{text, x, x + w, y - 0.75*size, y + 0.2*size}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func number(t tester, e xml.StartElement, name string) float64 {
	v, err := strconv.ParseFloat(attribute(e, name), 64)
	if err != nil {
		t.Fatalf("%s of %v: %v", name, e, err)
	}
	return v
}

// wellSet: no text touches another or leaves the picture.
func wellSet(t tester, svg []byte) {
	t.Helper()
	all, height := labels(t, svg)
	const rounding = 0.1
	for i, a := range all {
		if a.left < -rounding || a.right > 960+rounding || a.top < 0 || a.bottom > height {
			t.Errorf("%q leaves the picture: %+v", a.text, a)
		}
		for _, b := range all[:i] {
			if a.touches(b) {
				t.Errorf("%+v touches %+v", a, b)
			}
		}
	}
}

// The widths that the layout reckons with are those of DejaVu Sans, plain and
// bold, in thousandths of an em, or somewhat more.
func TestWidths(t *testing.T) {
	for text, want := range map[string]struct{ plain, bold float64 }{
		"promoting": {5182, 5874}, "primary": {3914, 4414}, "standby": {4021, 4543}, "−12.5 s": {3903, 4249},
		"waiting > 250 ms": {8842, 9797}, "WWW": {2966, 3309}, "mmm": {2922, 3126}, "iii": {833, 1028},
	} {
		for class, want := range map[string]float64{"what": want.plain, "name": want.bold} {
			if got := timeline.Width(class, text) / timeline.Size(class) * 1000; got < want || got > want*1.2 {
				t.Errorf("%q as a %s is %.0f wide, want %.0f to a fifth more", text, class, got, want)
			}
		}
	}
}

// What XML cannot say is drawn as U+FFFD, and as wide.
func TestWidthOfControls(t *testing.T) {
	for r := range rune(' ') {
		var drawn string
		label := []byte("<text>" + timeline.Escape(string(r)) + "</text>")
		if err := xml.Unmarshal(label, &drawn); err != nil {
			t.Fatal(err)
		}
		if got, want := timeline.Width("what", string(r)), timeline.Width("what", drawn); got != want {
			t.Errorf("%q is %g wide, drawn as %q of %g", r, got, drawn, want)
		}
	}
}

// Whatever happens when, all of it can be read.
func TestWellSet(t *testing.T) {
	wellSet(t, []byte(draw(t, powerCut())))
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		if err := timeline.SVG(&b, anyRecord(t)); err != nil {
			t.Fatal(err)
		}
		wellSet(t, b.Bytes())
	})
}

func anyRecord(t *rapid.T) *timeline.Record {
	length := rapid.SampledFrom([]float64{0.05, 1, 17, 100, 4000, 70000}).Draw(t, "seconds")
	moment := rapid.Custom(func(t *rapid.T) time.Time { return at(rapid.Float64Range(-0.2, 1.2).Draw(t, "part") * length) })
	name := rapid.OneOf(rapid.SampledFrom([]string{"be1", "be2", "primary", "off", ""}), rapid.StringN(0, 60, -1))
	r := &timeline.Record{From: zero, To: at(length), Zero: moment.Draw(t, "zero")}
	r.Title, r.About, r.Note = rapid.String().Draw(t, "title"), rapid.StringN(0, 400, -1).Draw(t, "about"), name.Draw(t, "note")
	for range rapid.IntRange(0, 6).Draw(t, "lanes") {
		l := timeline.Lane{Name: name.Draw(t, "lane"), What: name.Draw(t, "what")}
		for range rapid.IntRange(0, 9).Draw(t, "changes") {
			l.Changes = append(l.Changes, timeline.Change{At: moment.Draw(t, "at"), To: name.Draw(t, "to"), Why: name.Draw(t, "why")})
		}
		r.Lanes = append(r.Lanes, l)
	}
	for range rapid.IntRange(0, 9).Draw(t, "marks") {
		r.Marks = append(r.Marks, timeline.Mark{At: moment.Draw(t, "at"), Text: name.Draw(t, "text"), Fault: rapid.Bool().Draw(t, "fault")})
	}
	for range rapid.IntRange(0, 40).Draw(t, "requests") {
		q := timeline.Request{Begun: moment.Draw(t, "begun"), Ended: moment.Draw(t, "ended"), Failed: rapid.Bool().Draw(t, "failed")}
		if q.Ended.Before(q.Begun) {
			q.Begun, q.Ended = q.Ended, q.Begun
		}
		r.Requests = append(r.Requests, q)
	}
	for range rapid.IntRange(0, 3).Draw(t, "gaps") {
		if from, to := moment.Draw(t, "gap"), moment.Draw(t, "gap"); from.Before(to) {
			r.Gaps = append(r.Gaps, timeline.Gap{From: from, To: to, Of: name.Draw(t, "of")})
		}
	}
	return r
}
