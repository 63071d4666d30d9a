package rb

import "strings"

// percent reads a literal that begins with %: %w(…), %i[…], %q{…}, %Q(…), %(…).
func (l *lexer) percent() *Error {
	kind, n := l.peek(1), 2
	if kind != 0 && !isWord(kind) {
		kind, n = 'Q', 1
	}
	begin := l.peek(n)
	if begin == 0 || begin == '\n' || isWord(begin) || begin == ' ' || !strings.ContainsRune("wWiIqQ", rune(kind)) {
		return wrong(l.line, "Write %w(…) for a list of words, or quotes for a string.", "%% is followed by what is no literal here")
	}
	l.pos += n + 1
	switch kind {
	case 'w', 'W', 'i', 'I':
		return l.words(kind, begin)
	}
	return l.quoted(begin, closing(begin), kind == 'Q', tokenString)
}

// words reads a list of words.
func (l *lexer) words(kind, begin byte) *Error {
	line := l.line
	s := stringReader{lexer: l, begin: begin, end: closing(begin)}
	if err := s.read(); err != nil {
		return err
	}
	body := s.text.String()
	switch {
	case !s.closed:
		return wrong(line, "End it with "+string(rune(s.end))+".", "a list of words is never closed")
	case strings.Contains(body, "#{") && (kind == 'W' || kind == 'I'):
		return wrong(line, `Write an array of strings: ["…", "…"].`, "interpolation in a list of words is not evaluated")
	}
	t := token{kind: tokenWords, words: strings.Fields(body), line: line}
	if kind == 'i' || kind == 'I' {
		t.kind = tokenSymbols
	}
	l.add(t)
	return nil
}

// symbol reads :name or :"name", unless the colon is one of `? :` or `::`.
func (l *lexer) symbol(space bool) (bool, *Error) {
	next := l.peek(1)
	if !l.valueStarts(space) && (!space || next == ' ') {
		return false, nil
	}
	switch {
	case next == '"' || next == '\'':
		l.pos += 2
		return true, l.quoted(next, next, next == '"', tokenSymbol)
	case isLetter(next):
		n := wordLength(l.src[l.pos+1:])
		name := l.src[l.pos+1 : l.pos+1+n]
		l.pos += 1 + n
		l.add(token{kind: tokenSymbol, parts: []part{{text: name}}})
		return true, nil
	}
	return false, nil
}
