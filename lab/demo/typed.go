package demo

import (
	"bytes"
	"regexp"
)

// typed tells of the commands in what lab/page writes, and of nothing that is
// answered.
type typed struct {
	tell func(string)
	line bytes.Buffer
}

// prompt is how page.Type shows a command.
var prompt = regexp.MustCompile(`^[a-z0-9]+# `)

// Write never fails.
func (t *typed) Write(text []byte) (int, error) {
	for _, b := range text {
		if b != '\n' {
			t.line.WriteByte(b)
			continue
		}
		if prompt.Match(t.line.Bytes()) {
			t.tell(t.line.String())
		}
		t.line.Reset()
	}
	return len(text), nil
}
