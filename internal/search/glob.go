package search

import (
	"strings"
	"unicode/utf8"
)

// glob matches a pattern in which '*' stands for any text and '?' for one
// character. It runs all ways through the pattern side by side, one bit each,
// so that its time is the length of the text whatever the pattern.
type glob struct {
	head string // literal start, matched first
	*automaton
	now ways // ways that are open after head
}

// automaton is the pattern after its head. Bit i is the way that has matched i
// characters of the pattern.
type automaton struct {
	width   int
	stars   ways          // ways on which any character may pass
	anyone  ways          // ways whose next character is '?'
	next    map[rune]ways // ways that go on with the character, '?' included
	scratch [2]ways
}

type ways []uint64

func (b ways) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b ways) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b ways) empty() bool {
	for _, w := range b {
		if w != 0 {
			return false
		}
	}
	return true
}

// A wildcard pattern as the parser reads it: literal characters, and
// wildcards as negative ones.
type pattern []rune

const (
	wildMany rune = -1 // '*'
	wildOne  rune = -2 // '?'
)

func (p pattern) isLiteral() bool {
	for _, r := range p {
		if r < 0 {
			return false
		}
	}
	return true
}

// matcher compiles a pattern.
func (p pattern) matcher() matcher {
	if p.isLiteral() {
		return literal(string(p))
	}
	n := 0
	for p[n] >= 0 {
		n++
	}
	a := newAutomaton(p[n:])
	start := make(ways, len(a.stars))
	start.set(0)
	return &glob{string(p[:n]), a, start}
}

func newAutomaton(p pattern) *automaton {
	a := &automaton{next: make(map[rune]ways)}
	for _, r := range p {
		if r != wildMany {
			a.width++
		}
	}
	size := a.width/64 + 1
	a.stars, a.anyone = make(ways, size), make(ways, size)
	a.scratch = [2]ways{make(ways, size), make(ways, size)}
	i := 0
	for _, r := range p {
		switch r {
		case wildMany:
			a.stars.set(i)
			continue
		case wildOne:
			a.anyone.set(i)
		default:
			if a.next[r] == nil {
				a.next[r] = make(ways, size)
			}
			a.next[r].set(i)
		}
		i++
	}
	for _, b := range a.next {
		for w := range b {
			b[w] |= a.anyone[w]
		}
	}
	return a
}

// advance moves the open ways from one set to another by a character.
func (a *automaton) advance(to, from ways, r rune) {
	next := a.next[r]
	if next == nil {
		next = a.anyone
	}
	carry := uint64(0)
	for w := range from {
		moved := from[w] & next[w]
		to[w] = moved<<1 | carry | from[w]&a.stars[w]
		carry = moved >> 63
	}
}

// done reports that any text may follow.
func (a *automaton) done(now ways) bool {
	return now.has(a.width) && a.stars.has(a.width)
}

// run returns the ways that are open after text, in a set that the next run
// reuses.
func (a *automaton) run(now ways, text []byte) ways {
	cur, other := a.scratch[0], a.scratch[1]
	copy(cur, now)
	for len(text) > 0 && !a.done(cur) && !cur.empty() {
		r, size := rune(text[0]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text)
		}
		a.advance(other, cur, r)
		cur, other = other, cur
		text = text[size:]
	}
	return cur
}

func (g *glob) step(text string) matcher {
	if rest, ok := strings.CutPrefix(g.head, text); ok {
		return &glob{rest, g.automaton, g.now}
	}
	text, ok := strings.CutPrefix(text, g.head)
	if !ok {
		return nil
	}
	now := g.run(g.now, []byte(text))
	if now.empty() {
		return nil
	}
	return &glob{"", g.automaton, append(ways(nil), now...)}
}

func (g *glob) matches(rest []byte) bool {
	if len(rest) < len(g.head) || string(rest[:len(g.head)]) != g.head {
		return false
	}
	return g.run(g.now, rest[len(g.head):]).has(g.width)
}

func (g *glob) all() bool     { return g.head == "" && g.done(g.now) }
func (g *glob) least() string { return g.head }

func (g *glob) beyond(text []byte) bool {
	return string(text) > g.head && !strings.HasPrefix(string(text), g.head)
}
