package search

import "strings"

func (everything) eval(r *reader) (*idSet, error) { return r.objects() }

func (nothing) eval(*reader) (*idSet, error) { return newIDSet(), nil }

// eval leaves out what cannot change the result: the clauses that should match
// where others must, and all that follows once nothing is left.
func (b boolean) eval(r *reader) (*idSet, error) {
	result, err := b.positive(r)
	if err != nil {
		return nil, err
	}
	for _, c := range b {
		if c.occur != mustNot || result.empty() {
			continue
		}
		s, err := c.node.eval(r)
		if err != nil {
			return nil, err
		}
		result.subtract(s)
	}
	return result, nil
}

// positive evaluates all clauses but those that must not match. The result is
// the caller's to change.
func (b boolean) positive(r *reader) (*idSet, error) {
	var result *idSet
	for _, c := range b {
		if c.occur != must || result != nil && result.empty() {
			continue
		}
		s, err := c.node.eval(r)
		if err != nil {
			return nil, err
		}
		if result == nil {
			result = s
		} else {
			result.intersect(s)
		}
	}
	if result != nil {
		return result, nil
	}
	for _, c := range b {
		if c.occur != should {
			continue
		}
		s, err := c.node.eval(r)
		if err != nil {
			return nil, err
		}
		if result == nil {
			result = s
		} else {
			result.unite(s)
		}
	}
	if result == nil {
		return r.objects()
	}
	return result, nil
}

func (p pair) eval(r *reader) (*idSet, error) {
	paths, err := r.pathsMatching(p.name)
	if err != nil {
		return nil, err
	}
	result := newIDSet()
	for _, id := range paths {
		if err := r.valuesAt(result, id, p.value); err != nil {
			return nil, err
		}
	}
	return result, r.tokensAt(result, oddPath, p.token)
}

func (b bare) eval(r *reader) (*idSet, error) {
	result := newIDSet()
	if b.token.all() {
		return r.objects()
	}
	if err := r.tokensAt(result, wordPath, b.token); err != nil {
		return nil, err
	}
	if _, ok := b.token.(literal); ok {
		return result, nil // a token with a key has a separator, this has none
	}
	rests, err := r.namesBefore(b.token)
	if err != nil {
		return nil, err
	}
	for _, n := range rests {
		if err := r.valuesAt(result, n.path, n.rest); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// named is a path under one of its names, and what a token must go on with
// after that name and the separator.
type named struct {
	path uint64
	rest matcher
}

// namesBefore returns the names that tokens which match can begin with.
func (r *reader) namesBefore(token matcher) ([]named, error) {
	var out []named
	least := token.least()
	err := r.namesMatching(least, func(name []byte, path uint64) {
		if m := token.step(string(name) + separator); m != nil {
			out = append(out, named{path, m})
		}
	})
	if err != nil {
		return nil, err
	}
	// And the names that are shorter than what the token begins with, whose
	// separator makes up for it.
	for n := 1; n < len(separator) && n <= len(least); n++ {
		name, ok := strings.CutSuffix(least, separator[:n])
		if !ok {
			continue
		}
		m := token.step(name + separator)
		paths, err := r.pathsNamed(name)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			if m != nil {
				out = append(out, named{path, m})
			}
		}
	}
	return out, nil
}

// tokensAt adds the objects with matching words or odd tokens.
func (r *reader) tokensAt(into *idSet, path uint64, m matcher) error {
	return r.scalars(path, m, func(f found) error {
		if len(f.word) == 0 {
			return nil // a mark, not a token
		}
		return f.addTo(into)
	})
}

// valuesAt adds the objects that have a value at the path whose first word
// matches. The keys of an object are values of its path.
func (r *reader) valuesAt(into *idSet, path uint64, m matcher) error {
	if m.all() {
		return r.anyValueAt(into, path)
	}
	err := r.scalars(path, m, func(f found) error { return f.addTo(into) })
	if err != nil {
		return err
	}
	keys, err := r.children(path, m)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := r.having(into, k); err != nil {
			return err
		}
	}
	return nil
}

// anyValueAt adds the objects that have a scalar or a key at the path.
func (r *reader) anyValueAt(into *idSet, path uint64) error {
	if err := r.collect(into, path, tagKeys, tagScalar); err != nil {
		return err
	}
	return r.scalarsBelow(into, path)
}

// having adds the objects that have a key, whatever its value.
func (r *reader) having(into *idSet, c child) error {
	if err := r.collect(into, c.id, tagBare, tagKeys); err != nil {
		return err
	}
	if c.flags&flagScalar != 0 {
		if err := r.collect(into, c.id, tagScalar); err != nil {
			return err
		}
	}
	return r.scalarsBelow(into, c.id)
}

// scalarsBelow adds the objects that have a scalar at a key of the path.
func (r *reader) scalarsBelow(into *idSet, path uint64) error {
	keys, err := r.children(path, anything())
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.flags&flagScalar == 0 {
			continue
		}
		if err := r.collect(into, k.id, tagScalar); err != nil {
			return err
		}
	}
	return nil
}
