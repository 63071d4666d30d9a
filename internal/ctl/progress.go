package ctl

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// progress shows how far a command is, on one line of a terminal; elsewhere it
// shows nothing.
type progress struct {
	app   *app
	shown time.Time
	width int
}

// redraw is the least time between two states of the line.
const redraw = 100 * time.Millisecond

func (a *app) progress() *progress {
	p := &progress{app: a}
	if file, ok := a.Stderr.(*os.File); ok && !a.quiet && term.IsTerminal(int(file.Fd())) {
		p.width = 78
	}
	return p
}

// tell shows a stage and how much of it is done; a total of 0 is not known.
func (p *progress) tell(stage string, done, total int64) {
	now := p.app.Now()
	if p.width == 0 || done < total && now.Sub(p.shown) < redraw {
		return
	}
	p.shown = now
	line := stage
	if total > 0 {
		line = fmt.Sprintf("%s: %d %%", stage, done*100/total)
	}
	fmt.Fprintf(p.app.Stderr, "\r%-*.*s", p.width, p.width, line)
}

// done clears the line.
func (p *progress) done() {
	if p.width > 0 {
		fmt.Fprint(p.app.Stderr, "\r"+strings.Repeat(" ", p.width)+"\r")
	}
}
