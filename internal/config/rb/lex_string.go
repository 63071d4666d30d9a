package rb

import (
	"strings"
	"unicode/utf8"
)

// quoted reads a string up to the end that fits its beginning; the beginning
// is read already. With cooked, it has escapes and interpolations.
func (l *lexer) quoted(begin, end byte, cooked bool, kind tokenKind) *Error {
	line := l.line
	s := stringReader{lexer: l, begin: begin, end: end, cooked: cooked}
	if err := s.read(); err != nil {
		return err
	}
	if !s.closed {
		return wrong(line, "End it with "+string(rune(end))+".", "a string is never closed")
	}
	l.add(token{kind: kind, parts: s.done(), line: line})
	return nil
}

// stringReader reads the inside of one string. An end of 0 is the end of the
// source.
type stringReader struct {
	*lexer
	begin, end byte
	cooked     bool
	closed     bool
	nested     int // brackets of its own kind within it
	parts      []part
	text       strings.Builder
}

func (s *stringReader) read() *Error {
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		switch {
		case s.end != 0 && c == s.end && s.nested == 0:
			s.pos++
			s.closed = true
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
			continue
		case s.cooked && c == '#' && s.peek(1) == '{':
			if err := s.interpolation(); err != nil {
				return err
			}
			continue
		case s.end != s.begin && c == s.begin:
			s.nested++
		case s.end != s.begin && c == s.end:
			s.nested--
		}
		s.take(c)
	}
	return nil
}

// take takes one byte of text.
func (s *stringReader) take(c byte) {
	s.text.WriteByte(c)
	if c != '\n' {
		s.pos++
		return
	}
	s.newline()
}

// done returns the parts; a string without any has one, which is empty.
func (s *stringReader) done() []part {
	if s.text.Len() > 0 || len(s.parts) == 0 {
		s.parts = append(s.parts, part{text: s.text.String()})
	}
	return s.parts
}

// interpolation reads #{…} with a lexer of its own, over the same source.
func (s *stringReader) interpolation() *Error {
	if s.depth >= maxDepth {
		return wrong(s.line, "Give the inner ones names of their own.", "strings are nested too deeply")
	}
	inner := &lexer{src: s.src, pos: s.pos + 2, line: s.line, resume: s.resume, depth: s.depth + 1}
	if err := inner.run(true); err != nil {
		return err
	}
	if s.text.Len() > 0 {
		s.parts = append(s.parts, part{text: s.text.String()})
		s.text.Reset()
	}
	s.parts = append(s.parts, part{code: inner.tokens})
	s.pos, s.line, s.resume = inner.pos, inner.line, inner.resume
	return nil
}

// escapes of double-quoted strings that are one character.
var escapes = map[byte]byte{
	'n': '\n', 't': '\t', 'r': '\r', 's': ' ', 'e': 0x1b, 'a': 7, 'b': 8, 'f': '\f', 'v': '\v',
}

// escape reads a backslash and what it stands for.
func (s *stringReader) escape() *Error {
	next := s.peek(1)
	if s.pos+1 >= len(s.src) {
		s.pos++
		return nil // the string is not closed: its reader says so
	}
	if !s.cooked {
		if next != '\\' && next != s.end && next != s.begin {
			s.text.WriteByte('\\')
		}
		s.pos++
		s.take(next)
		return nil
	}
	s.pos++
	switch {
	case next == '\n':
		s.newline()
	case next == 'u':
		return s.unicode()
	case next == 'x':
		s.pos++
		s.code(2, 16)
	case next >= '0' && next <= '7':
		s.code(3, 8)
	case next == 'c' || next == 'C' || next == 'M':
		return wrong(s.line, `Write the character as \xNN.`, `\%c is not evaluated`, next)
	default:
		if c, ok := escapes[next]; ok {
			next = c
		}
		s.text.WriteByte(next)
		s.pos++
	}
	return nil
}

// code reads at most so many digits of a byte's code.
func (s *stringReader) code(digits, base int) {
	n := 0
	for range digits {
		d := digit(s.peek(0))
		if d >= base {
			break
		}
		n = n*base + d
		s.pos++
	}
	s.text.WriteByte(byte(n))
}

// digit is the value of a hexadecimal digit, or more than any.
func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return 99
}

// unicode reads \uXXXX or \u{X…}.
func (s *stringReader) unicode() *Error {
	s.pos++
	braced := s.peek(0) == '{'
	if braced {
		s.pos++
	}
	r, n := rune(0), 0
	for ; digit(s.peek(0)) < 16 && n < 6 && (braced || n < 4); n++ {
		r = r*16 + rune(digit(s.peek(0)))
		s.pos++
	}
	closed := !braced && n == 4
	if braced && s.peek(0) == '}' {
		s.pos++
		closed = n > 0
	}
	if !closed || !utf8.ValidRune(r) {
		return wrong(s.line, `Write \uXXXX or \u{X…} with hexadecimal digits.`, `a \u names no character`)
	}
	s.text.WriteRune(r)
	return nil
}
