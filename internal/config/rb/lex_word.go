package rb

import "unicode/utf8"

func isLetter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func isWord(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' }

func wordLength(s string) int {
	n := 0
	for n < len(s) && isWord(s[n]) {
		n++
	}
	return n
}

// word reads a name, a constant, a keyword or a key: of a hash.
func (l *lexer) word() {
	n := wordLength(l.src[l.pos:])
	if c := l.peek(n); (c == '?' || c == '!') && l.peek(n+1) != '=' && l.methodName() {
		n++
	}
	t := token{kind: tokenIdent, text: l.src[l.pos : l.pos+n]}
	l.pos += n
	switch {
	case l.peek(0) == ':' && l.peek(1) != ':' && !l.ternaryColon():
		t.kind = tokenLabel
		l.pos++
	case l.methodName():
	case keywords[t.text]:
		t.kind = tokenKeyword
	case t.text[0] >= 'A' && t.text[0] <= 'Z':
		t.kind = tokenConst
	}
	l.add(t)
}

// methodName tells whether a method's name is next.
func (l *lexer) methodName() bool {
	return len(l.tokens) > 0 && (l.last().isOp(".") || l.last().isOp("&."))
}

// ternaryColon tells whether a colon right behind a word belongs to a ? before
// it, as in `a ? b: c`.
func (l *lexer) ternaryColon() bool {
	return len(l.tokens) > 0 && l.last().isOp("?")
}

func (l *lexer) last() token { return l.tokens[len(l.tokens)-1] }

// wantsValue tells whether what was read so far needs more.
func (l *lexer) wantsValue() bool {
	if len(l.tokens) == 0 {
		return true
	}
	switch t := l.last(); t.kind {
	case tokenOp:
		return t.text != ")" && t.text != "]" && t.text != "}" && t.text != ";"
	case tokenNewline:
		return true
	case tokenLabel:
		return true
	case tokenKeyword:
		return t.text == "and" || t.text == "or" || t.text == "not"
	default:
		return false
	}
}

// valueStarts tells whether a character that could be an operator begins a
// value: where one is needed, and behind `word ` if no space follows, as in
// `disabled_plugins %w(a b)`.
func (l *lexer) valueStarts(space bool) bool {
	if l.wantsValue() {
		return true
	}
	t := l.last()
	if t.kind == tokenKeyword {
		return t.text != "true" && t.text != "false" && t.text != "nil" && t.text != "end"
	}
	next := l.peek(1)
	return t.kind == tokenOp && t.text == ";" ||
		t.kind == tokenIdent && space && next != ' ' && next != '\n' && next != '='
}
