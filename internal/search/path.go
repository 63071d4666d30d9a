package search

// A path is the way of keys to a value. Lists do not count: their elements
// stand where they stand.
type path struct {
	id     uint64
	flags  pathFlags
	key    string
	parent *path // nil for the root
}

// pathFlags are facts about a path that spare a look at its names.
type pathFlags uint8

const (
	// flagScalar: some object has, or had, a scalar at the path.
	flagScalar pathFlags = 1 << iota
	// flagSpaced: a name has whitespace in it.
	flagSpaced
	// flagOdd: a name contains the separator, or begins one.
	flagOdd
)

// names returns the two keys that the original gives a value: all keys of its
// path joined, and the last. They are the same for a top-level key.
func (p *path) names() (joined, last string) {
	joined = p.key
	for q := p.parent; q != nil && q.parent != nil; q = q.parent {
		joined = q.key + "_" + joined
	}
	return joined, p.key
}

// isTop reports whether the path is that of a top-level key.
func (p *path) isTop() bool { return p.parent != nil && p.parent.parent == nil }

// nameFlags works out the flags that depend on the names alone.
func (p *path) nameFlags() (flags pathFlags) {
	joined, last := p.names()
	for _, name := range []string{joined, last} {
		before, tail := cutTail(name)
		if len(before) > 0 || len(tail) < len(name) {
			flags |= flagSpaced
		}
		if isOdd(tail, "") {
			flags |= flagOdd
		}
	}
	return flags
}

// tails returns the names as they stand in the dictionary: without the words
// before their last.
func (p *path) tails() (joined, last string) {
	joined, last = p.names()
	if p.flags&flagSpaced == 0 {
		return joined, last
	}
	_, joined = cutTail(joined)
	_, last = cutTail(last)
	return joined, last
}
