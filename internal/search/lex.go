package search

import (
	"strconv"
	"strings"
)

// word is a word of a query as it is written, escapes included.
type word string

// literal is the word without escapes; wildcards stand for themselves.
func (w word) literal() string {
	if strings.IndexByte(string(w), '\\') < 0 {
		return string(w)
	}
	var b strings.Builder
	for i := 0; i < len(w); i++ {
		if w[i] == '\\' {
			i++
		}
		b.WriteByte(w[i])
	}
	return b.String()
}

// pattern is the word with its wildcards.
func (w word) pattern() pattern {
	p := make(pattern, 0, len(w))
	for i := 0; i < len(w); i++ {
		switch c := w[i]; c {
		case '*':
			p = append(p, wildMany)
		case '?':
			p = append(p, wildOne)
		case '\\':
			i++
			p = append(p, rune(w[i]))
		default:
			p = append(p, rune(c))
		}
	}
	return p
}

// modifier is what may stand behind a term or string.
type modifier struct {
	fuzzy      bool
	similarity float64 // a boost is read and ignored
}

func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *parser) accept(s string) bool {
	if !strings.HasPrefix(p.src[p.pos:], s) {
		return false
	}
	p.pos += len(s)
	return true
}

func (p *parser) spaces() bool {
	from := p.pos
	for p.peek() == ' ' || p.peek() == '\t' {
		p.pos++
	}
	return p.pos > from
}

// acceptNot reads NOT and the blanks that must follow it.
func (p *parser) acceptNot() bool {
	from := p.pos
	if p.accept("NOT") && p.spaces() {
		return true
	}
	p.pos = from
	return false
}

// operator reads a binary operator, if one follows.
func (p *parser) operator() operator {
	from := p.pos
	p.spaces()
	switch {
	case p.accept("AND"), p.accept("&&"):
		return operator{present: true, and: true}
	case p.accept("OR"), p.accept("||"):
		return operator{present: true}
	}
	p.pos = from
	return operator{}
}

// keywordOf returns the keyword that s starts with.
func keywordOf(s string) string {
	for _, k := range []string{"AND", "OR", "NOT"} {
		if strings.HasPrefix(s, k) {
			return k
		}
	}
	return ""
}

// letter returns the length of the character of a word at i, 0 if there is
// none. A word cannot start with all of them.
func (p *parser) letter(i int, first bool) int {
	if i >= len(p.src) {
		return 0
	}
	switch c := p.src[i]; {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
		c == '_', c == '.', c == '*', c == '/':
		return 1
	case c == '?', c == '@', c == '+', c == '-':
		if !first {
			return 1
		}
	case c == '\\':
		if i+1 < len(p.src) && strings.IndexByte(`[]\/"!(){}^~*?:`, p.src[i+1]) >= 0 {
			return 2
		}
	}
	return 0
}

// wordAt returns the end of the word at from, which is from if there is none.
func (p *parser) wordAt(from int) int {
	i := from
	for {
		n := p.letter(i, i == from)
		if n == 0 {
			return i
		}
		i += n
	}
}

// term reads a word that is no keyword alone.
func (p *parser) term() (word, bool) {
	from := p.pos
	end := p.wordAt(from)
	if end == from {
		return "", false
	}
	if k := keywordOf(p.src[from:end]); k != "" && p.wordAt(from+len(k)) == from+len(k) {
		return "", false
	}
	p.pos = end
	return word(p.src[from:end]), true
}

// fieldName reads a key and its colon. A key cannot start with a keyword.
func (p *parser) fieldName() (word, bool) {
	end := p.wordAt(p.pos)
	if end == p.pos || end >= len(p.src) || p.src[end] != ':' {
		return "", false
	}
	name := p.src[p.pos:end]
	if keywordOf(name) != "" {
		return "", false
	}
	p.pos = end + 1
	return word(name), true
}

// str reads words in quotes.
func (p *parser) str() ([]string, error) {
	p.accept(`"`)
	var words []string
	for {
		w, ok := p.term()
		if !ok {
			return nil, errSyntax
		}
		words = append(words, w.literal())
		if p.accept(`"`) {
			return words, nil
		}
		if !p.spaces() {
			return nil, errSyntax
		}
	}
}

// bound reads one end of a range; the empty word is '*'.
func (p *parser) bound() (word, bool) {
	if p.accept("*") {
		return "", true
	}
	from := p.pos
	p.pos = p.wordAt(from)
	return word(p.src[from:p.pos]), p.pos > from
}

// modifier reads a fuzziness or boost where the grammar has them.
func (p *parser) modifier(allowed bool) (m modifier) {
	if !allowed {
		return m
	}
	from := p.pos
	if p.accept("~") {
		m.fuzzy = true
		var ok bool
		if m.similarity, ok = p.number(); !ok {
			m.similarity = -1
		}
		return m
	}
	if p.accept("^") {
		if _, ok := p.number(); !ok {
			p.pos = from
		}
	}
	return m
}

// number reads digits and perhaps a fraction.
func (p *parser) number() (float64, bool) {
	from := p.pos
	digits := func() bool {
		start := p.pos
		for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
			p.pos++
		}
		return p.pos > start
	}
	if !digits() {
		return 0, false
	}
	whole := p.pos
	if !p.accept(".") || !digits() {
		p.pos = whole
	}
	// Digits that are too many for a float are infinite, which is fine.
	f, _ := strconv.ParseFloat(p.src[from:p.pos], 64)
	return f, true
}
