package keepalived

import (
	"bytes"
	"fmt"
)

// longest is the length of a line that is still kept: keepalived's are below.
const longest = 512

// lines puts together what a FIFO gives in pieces.
type lines struct {
	rest     []byte
	skipping bool // until the end of a line that was too long
}

// feed takes a piece and hands on each event in it, or why a line is none.
func (l *lines) feed(piece []byte, event func(Event), complain func(error)) {
	for len(piece) > 0 {
		end := bytes.IndexByte(piece, '\n')
		if end < 0 {
			l.keep(piece, complain)
			return
		}
		l.keep(piece[:end], complain)
		piece = piece[end+1:]
		l.emit(event, complain)
	}
}

func (l *lines) keep(part []byte, complain func(error)) {
	if l.skipping {
		return
	}
	if len(l.rest)+len(part) > longest {
		complain(fmt.Errorf("keepalived: a line of over %d bytes in the FIFO", longest))
		l.rest, l.skipping = nil, true
		return
	}
	l.rest = append(l.rest, part...)
}

func (l *lines) emit(event func(Event), complain func(error)) {
	line := string(l.rest)
	skipped := l.skipping
	l.rest, l.skipping = nil, false
	if skipped || line == "" {
		return
	}
	e, err := Parse(line)
	if err != nil {
		complain(err)
		return
	}
	event(e)
}
