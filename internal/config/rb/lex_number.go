package rb

import (
	"strconv"
	"strings"
)

// number reads an integer or a float.
func (l *lexer) number() *Error {
	n := 0
	isFloat := false
	for {
		c := l.peek(n)
		switch {
		case isWord(c):
			if (c == 'e' || c == 'E') && !strings.HasPrefix(l.src[l.pos:], "0x") && (l.peek(n+1) == '-' || l.peek(n+1) == '+') {
				n++
			}
			isFloat = isFloat || (c == 'e' || c == 'E') && !strings.HasPrefix(l.src[l.pos:], "0x")
		case c == '.' && !isFloat && l.peek(n+1) >= '0' && l.peek(n+1) <= '9':
			isFloat = true
		default:
			return l.addNumber(l.src[l.pos:l.pos+n], isFloat)
		}
		n++
	}
}

func (l *lexer) addNumber(s string, isFloat bool) *Error {
	l.pos += len(s)
	t := token{kind: tokenInt, text: s}
	var err error
	if isFloat {
		t.kind = tokenFloat
		t.float, err = strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	} else {
		t.int, err = strconv.ParseInt(s, 0, 64)
	}
	if err != nil {
		return wrong(l.line, "Write it in digits, or as a string in quotes.", "%s is no number that a setting can have", s)
	}
	l.add(t)
	return nil
}
