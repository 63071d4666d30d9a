package rb

import "fmt"

// Error is what is wrong with a file, where, and what to write instead.
type Error struct {
	File   string
	Line   int    // from 1
	Text   string // what is wrong
	Advice string // a sentence: what to write instead
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s:%d: %s.", e.File, e.Line, e.Text)
	if e.Advice != "" {
		text += " " + e.Advice
	}
	return text
}

// wrong is an Error whose file is known to whoever returns it last.
func wrong(line int, advice, format string, args ...any) *Error {
	return &Error{Line: line, Text: fmt.Sprintf(format, args...), Advice: advice}
}
