package rb

import (
	"strings"
	"unicode/utf8"
)

// lexer splits source into tokens. Ruby's words mean different things where a
// value may begin and after one; last tells which it is.
type lexer struct {
	src    string
	pos    int
	line   int
	tokens []token
	open   []byte // brackets that are open; newlines within them mean nothing
	resume int    // where the source goes on after the heredocs of this line
	depth  int    // of strings within strings
}

// lex returns the tokens of a whole file.
func lex(src string) ([]token, *Error) {
	l := &lexer{src: src, line: 1, resume: -1}
	if err := l.skipBlocks(); err != nil {
		return nil, err
	}
	if err := l.run(false); err != nil {
		return nil, err
	}
	return l.tokens, nil
}

// run reads tokens to the end, or to the brace that ends an interpolation.
func (l *lexer) run(interpolation bool) *Error {
	for {
		space := l.skipSpace()
		if l.pos >= len(l.src) {
			if interpolation {
				return wrong(l.line, "Close it with }.", "a #{ in a string is never closed")
			}
			l.add(token{kind: tokenNewline})
			l.add(token{kind: tokenEOF})
			return nil
		}
		if interpolation && l.src[l.pos] == '}' && len(l.open) == 0 {
			l.pos++
			l.add(token{kind: tokenEOF})
			return nil
		}
		before := len(l.tokens)
		if err := l.next(space); err != nil {
			return err
		}
		if len(l.tokens) > before {
			l.tokens[before].space = space
		}
	}
}

func (l *lexer) add(t token) {
	if t.line == 0 {
		t.line = l.line
	}
	l.tokens = append(l.tokens, t)
}

// peek returns the byte at an offset from here, or 0 behind the end.
func (l *lexer) peek(offset int) byte {
	if l.pos+offset < len(l.src) {
		return l.src[l.pos+offset]
	}
	return 0
}

// skipSpace skips what separates tokens but ends no line.
func (l *lexer) skipSpace() bool {
	from := l.pos
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			l.pos++
		case c == '\\' && (l.peek(1) == '\n' || l.peek(1) == '\r' && l.peek(2) == '\n'):
			l.pos += strings.IndexByte(l.src[l.pos:], '\n')
			l.newline()
		case c == '#':
			l.pos += lineLength(l.src[l.pos:])
		default:
			return l.pos > from
		}
	}
	return l.pos > from
}

// lineLength is the length of the line that s begins with, without its end.
func lineLength(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

// newline steps over a line's end, and over the heredocs that begin after it.
func (l *lexer) newline() {
	l.pos++
	l.line++
	if l.resume > l.pos {
		l.line += strings.Count(l.src[l.pos:l.resume], "\n")
		l.pos = l.resume
	}
	l.resume = -1
}

// next reads one token, or a line's end.
func (l *lexer) next(space bool) *Error {
	c := l.src[l.pos]
	switch {
	case c == '\n':
		return l.endLine()
	case c >= '0' && c <= '9':
		return l.number()
	case isLetter(c):
		l.word()
		return nil
	case c == '"' || c == '\'':
		l.pos++
		return l.quoted(c, c, c == '"', tokenString)
	case c == '%' && l.valueStarts(space):
		return l.percent()
	case c == '<' && l.valueStarts(space):
		if done, err := l.heredoc(); done || err != nil {
			return err
		}
	case c == ':':
		if done, err := l.symbol(space); done || err != nil {
			return err
		}
	case c == '/' && l.valueStarts(space):
		return wrong(l.line, "Compare with == or case and strings.", "regular expressions are not evaluated")
	case c == '`':
		return wrong(l.line, "Write the value itself, or take it from ENV.", "a file cannot run commands")
	case c == '@' || c == '$':
		return wrong(l.line, "Use a plain variable: name = value.", "%s is a variable of Ruby's own", l.src[l.pos:l.pos+wordLength(l.src[l.pos+1:])+1])
	}
	return l.operator()
}

// endLine ends the line, and skips the comment blocks that follow.
func (l *lexer) endLine() *Error {
	if len(l.open) == 0 && !l.wantsValue() {
		l.add(token{kind: tokenNewline})
	}
	l.newline()
	return l.skipBlocks()
}

// skipBlocks skips =begin to =end, which count only at a line's start.
func (l *lexer) skipBlocks() *Error {
	for strings.HasPrefix(l.src[l.pos:], "=begin") {
		from := l.line
		for !strings.HasPrefix(l.src[l.pos:], "=end") {
			l.pos += lineLength(l.src[l.pos:])
			if l.pos >= len(l.src) {
				return wrong(from, "End it with =end at the start of a line.", "the comment that begins with =begin never ends")
			}
			l.pos++
			l.line++
		}
		l.pos += lineLength(l.src[l.pos:])
		if l.pos < len(l.src) {
			l.pos++
			l.line++
		}
	}
	if strings.HasPrefix(l.src[l.pos:], "__END__") && lineLength(l.src[l.pos:]) == len("__END__") {
		l.pos = len(l.src)
	}
	return nil
}

func (l *lexer) operator() *Error {
	for _, op := range operators {
		if !strings.HasPrefix(l.src[l.pos:], op) {
			continue
		}
		l.add(token{kind: tokenOp, text: op})
		l.pos += len(op)
		return l.track(op)
	}
	r, _ := utf8.DecodeRuneInString(l.src[l.pos:])
	return wrong(l.line, "Remove it.", "%q means nothing here", r)
}

// track keeps the brackets that are open.
func (l *lexer) track(op string) *Error {
	switch op {
	case "(", "[", "{":
		l.open = append(l.open, op[0])
	case ")", "]", "}":
		if len(l.open) == 0 || closing(l.open[len(l.open)-1]) != op[0] {
			return wrong(l.line, "Remove it, or open it before.", "%s closes nothing", op)
		}
		l.open = l.open[:len(l.open)-1]
	}
	return nil
}

// closing is the other end of a bracket; other characters end themselves.
func closing(c byte) byte {
	switch c {
	case '(':
		return ')'
	case '[':
		return ']'
	case '{':
		return '}'
	case '<':
		return '>'
	}
	return c
}
