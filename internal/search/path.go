package search

import "slices"

// A path is the way of keys to a value. Lists do not count: their elements
// stand where they stand.
type path struct {
	id     uint64
	flags  pathFlags
	key    string
	parent *path // nil for the root

	// since is the generation from which on the path's scalars are not posted,
	// because they change with most saves; 0 if they are. See varies.
	since uint64
	// packed is what packed returns, once it was asked.
	packedKeys string

	// turn is the save that changed the path last, seen what it did, and
	// changes in how many saves a scalar took the place of another.
	turn    uint64
	seen    change
	changes uint64

	// Documents name their keys in much the same order each time. first is the
	// child that the last document began with, follow the sibling that came
	// after this path, recent the child where the walk is.
	first, follow, recent *path
	forgotten             bool // no longer in the dictionary
}

// guess returns the child that is likely to be called key.
func (p *path) guess(key string) *path {
	c := p.first
	if p.recent != nil {
		c = p.recent.follow
	}
	if c == nil || c.key != key || c.forgotten {
		return nil
	}
	return c
}

// visited notes that the walk has come to a child.
func (p *path) visited(c *path) {
	if p.recent != nil {
		p.recent.follow = c
	} else {
		p.first = c
	}
	p.recent = c
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

// keys returns the keys of the path, the top-level key first.
func (p *path) keys() []string {
	var keys []string
	for q := p; q.parent != nil; q = q.parent {
		keys = append(keys, q.key)
	}
	slices.Reverse(keys)
	return keys
}

// packed is packKeys of the path's keys.
func (p *path) packed() string {
	if p.packedKeys == "" {
		p.packedKeys = packKeys(p.keys())
	}
	return p.packedKeys
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
