package rb

import "strings"

// heredoc reads <<ID, <<-ID and <<~ID: the lines from the next one up to ID.
// It reports false if what follows is no heredoc.
func (l *lexer) heredoc() (bool, *Error) {
	if l.peek(1) != '<' {
		return false, nil
	}
	n := 2
	mark := l.peek(n)
	if mark == '-' || mark == '~' {
		n++
	}
	quote := l.peek(n)
	if quote != '"' && quote != '\'' {
		quote = 0
	} else {
		n++
	}
	length := wordLength(l.src[min(l.pos+n, len(l.src)):])
	if length == 0 || quote != 0 && l.peek(n+length) != quote {
		return false, nil
	}
	id := l.src[l.pos+n : l.pos+n+length]
	line := l.line
	l.pos += n + length
	if quote != 0 {
		l.pos++
	}
	body, first, found := l.heredocBody(id, mark)
	if !found {
		return true, wrong(line, "End it with "+id+" on a line of its own.", "the text that begins with <<%s never ends", id)
	}
	t := token{kind: tokenString, line: line, parts: []part{{text: body}}}
	if quote != '\'' {
		var err *Error
		if t.parts, err = l.cook(body, first); err != nil {
			return true, err
		}
	}
	l.add(t)
	return true, nil
}

// heredocBody finds the lines up to id and where the source goes on. first is
// the number of the first line.
func (l *lexer) heredocBody(id string, mark byte) (body string, first int, found bool) {
	start := l.resume
	if start <= l.pos {
		start = min(l.pos+lineLength(l.src[l.pos:])+1, len(l.src))
	}
	first = l.line + strings.Count(l.src[l.pos:start], "\n")
	for at := start; at < len(l.src); {
		length := lineLength(l.src[at:])
		line := strings.TrimSuffix(l.src[at:at+length], "\r")
		if line == id || (mark == '-' || mark == '~') && strings.TrimLeft(line, " \t") == id {
			l.resume = min(at+length+1, len(l.src))
			body = strings.ReplaceAll(l.src[start:at], "\r\n", "\n")
			if mark == '~' {
				body = dedent(body)
			}
			return body, first, true
		}
		at += length + 1
	}
	return "", 0, false
}

// cook reads the escapes and interpolations of a body.
func (l *lexer) cook(body string, line int) ([]part, *Error) {
	if l.depth >= maxDepth {
		return nil, wrong(line, "Give the inner ones names of their own.", "strings are nested too deeply")
	}
	s := stringReader{lexer: &lexer{src: body, line: line, resume: -1, depth: l.depth + 1}, cooked: true}
	if err := s.read(); err != nil {
		return nil, err
	}
	return s.done(), nil
}

// dedent takes off the indentation that all lines share which are not blank.
func dedent(body string) string {
	least := -1
	for line := range strings.Lines(body) {
		trimmed := strings.TrimLeft(line, " \t")
		if strings.TrimSpace(trimmed) == "" {
			continue
		}
		if n := len(line) - len(trimmed); least < 0 || n < least {
			least = n
		}
	}
	var b strings.Builder
	for line := range strings.Lines(body) {
		trimmed := strings.TrimLeft(line, " \t")
		b.WriteString(line[min(max(least, 0), len(line)-len(trimmed)):])
	}
	return b.String()
}
