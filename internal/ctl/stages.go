package ctl

import (
	"fmt"
	"time"
)

// stages tells how far something is that has no measure: on a terminal in one
// line, with the time it has taken, elsewhere a line for each change.
type stages struct {
	*progress
	last    string
	started time.Time
}

func (a *app) stages() *stages { return &stages{progress: a.progress(), started: a.Now()} }

func (s *stages) stage(text string) {
	if s.width > 0 {
		s.tell(fmt.Sprintf("%4.1f s  %s", s.app.Now().Sub(s.started).Seconds(), text), 0, 0)
		return
	}
	if text != s.last {
		s.app.note("%s", text)
	}
	s.last = text
}

func (s *stages) end() { s.done() }
