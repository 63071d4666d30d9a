package depsolver

import "math/bits"

// set is a set of choices for one cookbook: choice 0 leaves it out, choice i
// is its i-th newest version, so that a lower choice among versions is a
// better one. All sets for the same cookbook have the same length.
type set []uint64

// absent is the choice to leave a cookbook out.
const absent = 0

// setWords is the length of the sets for a cookbook with that many versions.
func setWords(versions int) int { return versions/64 + 1 }

func (s set) has(choice int) bool { return s[choice>>6]&(1<<(choice&63)) != 0 }

func (s set) add(choice int) { s[choice>>6] |= 1 << (choice & 63) }

func (s set) drop(choice int) { s[choice>>6] &^= 1 << (choice & 63) }

func (s set) within(o set) bool {
	for i, w := range s {
		if w&^o[i] != 0 {
			return false
		}
	}
	return true
}

func (s set) disjoint(o set) bool {
	for i, w := range s {
		if w&o[i] != 0 {
			return false
		}
	}
	return true
}

func (s set) empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

// single reports whether one choice is left.
func (s set) single() bool {
	found := false
	for _, w := range s {
		if w == 0 {
			continue
		}
		if found || w&(w-1) != 0 {
			return false
		}
		found = true
	}
	return found
}

// first is the lowest choice in s, which must not be empty: the newest version
// unless the cookbook can be left out.
func (s set) first() int {
	i := 0
	for s[i] == 0 {
		i++
	}
	return i<<6 + bits.TrailingZeros64(s[i])
}

func (s set) unite(o set) {
	for i, w := range o {
		s[i] |= w
	}
}

func (s set) intersect(o set) {
	for i, w := range o {
		s[i] &= w
	}
}

// subtract makes s what is in a and not in b.
func (s set) subtract(a, b set) {
	for i, w := range a {
		s[i] = w &^ b[i]
	}
}

// addRange adds the choices from low to below high.
func (s set) addRange(low, high int) {
	for low < high {
		word, bit := low>>6, low&63
		n := min(64-bit, high-low)
		s[word] |= (1<<n - 1) << bit
		low += n
	}
}

// invert makes s the versions, of so many, that are not in it.
func (s set) invert(versions int) {
	for i := range s {
		s[i] = ^s[i]
	}
	s.drop(absent)
	if used := (versions + 1) & 63; used != 0 {
		s[len(s)-1] &= 1<<used - 1
	}
}
