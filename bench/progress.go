package bench

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// redraw is how often the line is drawn anew.
const redraw = 200 * time.Millisecond

// Progress is one line that says what is being done, drawn over and over on a
// terminal and nowhere else.
type Progress struct {
	w     io.Writer
	shown bool // w is a terminal
	width int  // of the terminal, in columns
}

// NewProgress returns the line for w.
func NewProgress(w io.Writer) *Progress {
	p := &Progress{w: w, width: 80}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return p
	}
	p.shown = true
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		p.width = width
	}
	return p
}

// Show draws what text returns until the returned function is called, which
// removes the line.
func (p *Progress) Show(text func() string) (done func()) {
	if !p.shown {
		return func() {}
	}
	stop := make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() {
		ticker := time.NewTicker(redraw)
		defer ticker.Stop()
		for {
			p.draw(text())
			select {
			case <-stop:
				return
			case <-ticker.C:
			}
		}
	})
	return func() {
		close(stop)
		drawing.Wait()
		p.draw("")
	}
}

// draw replaces the line; a line as wide as the terminal would wrap. What a
// terminal does not take is of no importance.
func (p *Progress) draw(text string) {
	if line := []rune(text); len(line) >= p.width {
		text = string(line[:p.width-1])
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", text)
}
