package config

import (
	"fmt"
	"strings"
)

// Problem is a mistake in the file, or something in it to be warned of.
type Problem struct {
	File   string
	Line   int // 0: no one line
	Text   string
	Advice string // a sentence: what to write instead
	Exit   int    // the original's exit code
}

func (p Problem) String() string {
	place := p.File
	if p.Line > 0 {
		place = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return strings.TrimSpace(fmt.Sprintf("%s: %s. %s", place, p.Text, p.Advice))
}

// Problems is the error that a file has mistakes: all that were found.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, 0, len(p))
	for _, problem := range p {
		lines = append(lines, problem.String())
	}
	return strings.Join(lines, "\n")
}

// ExitCode is that of the first mistake, since a command has one.
func (p Problems) ExitCode() int { return p[0].Exit }

// The exit codes of the original for mistakes in the file.
const (
	exitMistake  = 1
	exitTopology = 55 // not understood
	exitNetmask  = 66 // IPv6 address without one
)
