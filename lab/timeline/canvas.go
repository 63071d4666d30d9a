package timeline

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A canvas writes SVG. Every text goes through escape; classes are ours.
type canvas struct{ b strings.Builder }

// point is a number of SVG, in pixels.
func point(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }

// escape makes text of any bytes: what XML cannot say becomes U+FFFD.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

func (c *canvas) printf(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

// title is what a viewer shows over an element, and reads out.
func title(s string) string {
	if s == "" {
		return ""
	}
	return "<title>" + escape(s) + "</title>"
}

// box is where something is.
type box struct{ x, y, w, h float64 }

func (c *canvas) rect(class string, b box, radius float64, tip string) {
	c.printf("<rect class=%q x=%q y=%q width=%q height=%q", class, point(b.x), point(b.y), point(max(b.w, 0)), point(max(b.h, 0)))
	if radius > 0 {
		c.printf(" rx=%q", point(radius))
	}
	c.closeWith("rect", tip)
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.printf("<line class=%q x1=%q y1=%q x2=%q y2=%q/>\n", class, point(x1), point(y1), point(x2), point(y2))
}

func (c *canvas) path(class, d, tip string) {
	c.printf("<path class=%q d=%q", class, d)
	c.closeWith("path", tip)
}

func (c *canvas) closeWith(name, tip string) {
	if tip == "" {
		c.printf("/>\n")
		return
	}
	c.printf(">%s</%s>\n", title(tip), name)
}

// An anchor is which end of a text its x is.
type anchor string

const (
	start  anchor = "start"
	middle anchor = "middle"
	end    anchor = "end"
)

func (c *canvas) text(f font, x, y float64, a anchor, s string) {
	c.printf("<text class=%q x=%q y=%q text-anchor=%q>%s</text>\n", f.class, point(x), point(y), string(a), escape(s))
}
