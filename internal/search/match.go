package search

import "strings"

// A matcher decides about texts. It can be given a text in parts: step returns
// the matcher of what may follow, so that a key is matched once for all its
// values. A matcher is used by one query and not concurrently.
type matcher interface {
	// step returns the matcher of what follows text, nil when nothing can.
	step(text string) matcher
	// matches reports whether rest is a match. rest is not kept.
	matches(rest []byte) bool
	// all reports whether everything matches.
	all() bool
	// least is a lower bound, in byte order, of all matches.
	least() string
	// beyond reports that neither text nor anything greater is a match.
	beyond(text []byte) bool
}

// literal matches itself.
type literal string

func (l literal) step(text string) matcher {
	if rest, ok := strings.CutPrefix(string(l), text); ok {
		return literal(rest)
	}
	return nil
}

func (l literal) matches(rest []byte) bool { return string(rest) == string(l) }
func (l literal) all() bool                { return false }
func (l literal) least() string            { return string(l) }
func (l literal) beyond(text []byte) bool  { return string(text) > string(l) }

// interval matches the texts between two bounds, in byte order.
type interval struct {
	low, high         string
	openLow, openHigh bool // the bound itself does not match
	unbounded         bool // there is no high bound
}

func (r interval) step(text string) matcher {
	if rest, ok := strings.CutPrefix(r.low, text); ok {
		r.low = rest
	} else if text < r.low {
		return nil
	} else {
		r.low, r.openLow = "", false
	}
	if r.unbounded {
		return r
	}
	if rest, ok := strings.CutPrefix(r.high, text); ok {
		r.high = rest
	} else if text > r.high {
		return nil
	} else {
		r.unbounded = true
	}
	return r
}

func (r interval) matches(rest []byte) bool {
	if string(rest) < r.low || r.openLow && string(rest) == r.low {
		return false
	}
	return r.unbounded || string(rest) < r.high || !r.openHigh && string(rest) == r.high
}

func (r interval) all() bool     { return r.low == "" && !r.openLow && r.unbounded }
func (r interval) least() string { return r.low }

func (r interval) beyond(text []byte) bool {
	return !r.unbounded && string(text) > r.high
}
