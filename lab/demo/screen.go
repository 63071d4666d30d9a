package demo

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// redraw is how often a terminal is drawn anew, and sum how often the figures are
// told to whoever reads line by line.
const (
	redraw = 200 * time.Millisecond
	sum    = 5 * time.Second
)

// present shows the board until what it returns is called, which leaves the last of
// it to be seen.
func (s *show) present() (stop func()) {
	show := s.lines
	if f, ok := s.Out.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		show = func(end <-chan struct{}) { s.redraw(f, end) }
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() { defer close(ended); show(end) }()
	return func() { close(end); <-ended }
}

func (s *show) redraw(f *os.File, end <-chan struct{}) {
	c := canvas{out: f}
	colour := os.Getenv("NO_COLOR") == ""
	draw := func() {
		width, height, err := term.GetSize(int(f.Fd()))
		if err != nil || width < 1 {
			width, height = 80, 24
		}
		c.draw(view(s.board.look(), width, height, colour))
	}
	fmt.Fprint(f, hideCursor)
	defer fmt.Fprint(f, showCursor)
	for ticker := time.NewTicker(redraw); ; {
		draw()
		select {
		case <-ticker.C:
		case <-end:
			ticker.Stop()
			draw()
			return
		}
	}
}

// The control sequences of ECMA-48 and DEC that are used.
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	eraseRight = "\x1b[K"
	eraseBelow = "\x1b[J"
)

// A canvas is a block of lines that is drawn over itself.
type canvas struct {
	out   io.Writer
	drawn int
}

func (c *canvas) draw(lines []string) {
	var b strings.Builder
	if c.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r", c.drawn)
	}
	for _, l := range lines {
		b.WriteString(l + eraseRight + "\n")
	}
	if len(lines) < c.drawn {
		b.WriteString(eraseBelow)
	}
	c.drawn = len(lines)
	fmt.Fprint(c.out, b.String())
}

// lines tells what happens as it does, and the figures now and then.
func (s *show) lines(end <-chan struct{}) {
	shown := 0
	tell := func() {
		f := s.board.look()
		for _, l := range f.Told[shown:] {
			fmt.Fprintf(s.Out, "%13s  %s\n", brief(l.At), l.whole())
		}
		shown = len(f.Told)
	}
	for ticker := time.NewTicker(sum); ; {
		select {
		case <-s.board.wake:
			tell()
		case <-ticker.C:
			tell()
			if f := s.board.look(); f.Tally.Served > 0 {
				fmt.Fprintf(s.Out, "%13s  %s\n", brief(f.Since), f.Tally)
			}
		case <-end:
			ticker.Stop()
			tell()
			return
		}
	}
}

func (l Line) whole() string {
	if l.More == "" {
		return l.Text
	}
	return "Act " + l.Text + ". " + l.More
}

// String is a tally in one line.
func (t Tally) String() string {
	return fmt.Sprintf("answered %d, waiting %d, failed %d; writes acknowledged %d, lost %d", t.Served, t.Held, t.Failed, t.Acknowledged, t.Lost)
}
