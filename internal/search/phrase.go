package search

import "slices"

// eval finds the objects that have all of the phrase's tokens one after the
// other. Within one value that is told by postings, or the value itself;
// elsewhere only by the expanded document, and only for objects that are marked.
func (p phrase) eval(r *reader) (*idSet, error) {
	result := newIDSet()
	if p.slop == 0 {
		var err error
		if p.keyed {
			err = p.withinKeyed(r, result)
		} else {
			err = p.withinBare(r, result)
		}
		if err != nil {
			return nil, err
		}
	}
	rest, err := p.candidates(r)
	if err != nil {
		return nil, err
	}
	rest.subtract(result)
	for id := range rest.ascending() {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		tokens, err := r.tokensOf(id)
		if err != nil {
			return nil, err
		}
		if p.in(tokens) {
			result.add(id)
		}
	}
	return result, nil
}

// candidates returns the objects that have all tokens and must be expanded to
// tell their order.
func (p phrase) candidates(r *reader) (*idSet, error) {
	var all boolean
	if p.slop == 0 {
		marked := newIDSet()
		err := r.scalars(wordPath, literal(""), func(f found) error { return f.addTo(marked) })
		if err != nil || marked.empty() {
			return marked, err
		}
		all = append(all, clause{must, among{marked}})
	}
	for i, w := range p.words {
		var n node = bare{literal(w)}
		if i == 0 && p.keyed {
			n = pair{pattern(p.key), literal(w), literal(p.token())}
		}
		all = append(all, clause{must, n})
	}
	return all.eval(r)
}

// among matches the objects of a set that is known already.
type among struct{ ids *idSet }

func (a among) eval(*reader) (*idSet, error) {
	s := newIDSet()
	s.unite(a.ids)
	return s, nil
}

// withinKeyed adds the objects with a value, or a key, that starts with the
// phrase.
func (p phrase) withinKeyed(r *reader, into *idSet) error {
	paths, err := r.pathsNamed(p.key)
	if err != nil {
		return err
	}
	follows := func(rest string) bool {
		w := words(rest)
		return len(w) >= len(p.words)-1 && slices.Equal(w[:len(p.words)-1], p.words[1:])
	}
	for _, path := range paths {
		err := r.scalars(path, literal(p.words[0]), func(f found) error {
			if !follows(string(f.rest)) {
				return nil
			}
			return f.addTo(into)
		})
		if err != nil {
			return err
		}
		keys, err := r.children(path, literal(p.words[0]))
		if err != nil {
			return err
		}
		for _, k := range keys {
			if !follows(k.rest) {
				continue
			}
			if err := r.having(into, k); err != nil {
				return err
			}
		}
	}
	return nil
}

// place is a top-level value of an object.
type place struct {
	id  int64
	top uint64
}

// withinBare adds the objects with a pair that has the phrase after its key.
func (p phrase) withinBare(r *reader, into *idSet) error {
	var places map[place]bool
	for _, w := range p.words {
		next := make(map[place]bool)
		err := r.scalars(wordPath, literal(w), func(f found) error {
			return eachMember(f.members, func(n int, _ bool) {
				at := place{f.page*pageSize + int64(n), f.top}
				if places == nil || places[at] {
					next[at] = true
				}
			})
		})
		if err != nil {
			return err
		}
		places = next
	}
	tops, err := r.topKeys()
	if err != nil {
		return err
	}
	for at := range places {
		if into.has(at.id) {
			continue
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
		raw, err := readChunk(r.snap, r.codec, r.space.chunk(at.id, at.top))
		if err != nil {
			return err
		}
		var e expander
		if err := e.add(r.of.Type, member{tops[at.top], string(raw)}); err != nil {
			return err
		}
		if slices.ContainsFunc(e.pairs, func(kv keyValue) bool { return p.in(kv.tokens()) }) {
			into.add(at.id)
		}
	}
	return nil
}

// in reports whether tokens have the phrase.
func (p phrase) in(tokens []string) bool {
	if p.slop > 0 {
		return p.near(tokens)
	}
	first := p.token()
	for i := 0; i+len(p.words) <= len(tokens); i++ {
		if tokens[i] == first && slices.Equal(tokens[i+1:i+len(p.words)], p.words[1:]) {
			return true
		}
	}
	return false
}

// near reports whether the phrase's tokens, each at a place of its own, are
// moved against one another by at most slop.
func (p phrase) near(tokens []string) bool {
	wanted := slices.Clone(p.words)
	wanted[0] = p.token()
	at := make(map[string][]int)
	for i, t := range tokens {
		at[t] = append(at[t], i)
	}
	for i, w := range wanted {
		for _, pos := range at[w] {
			if p.fits(wanted, at, pos-i) {
				return true
			}
		}
	}
	return false
}

// fits reports whether every token has a place whose distance to its own in
// the phrase is shift to shift+slop, no two the same: a bipartite matching.
func (p phrase) fits(wanted []string, at map[string][]int, shift int) bool {
	holder := make(map[int]int) // place → index of the token that has it
	var claim func(i int, tried map[int]bool) bool
	claim = func(i int, tried map[int]bool) bool {
		for _, pos := range at[wanted[i]] {
			if pos < shift+i || pos > shift+i+p.slop || tried[pos] {
				continue
			}
			tried[pos] = true
			other, taken := holder[pos]
			if !taken || claim(other, tried) {
				holder[pos] = i
				return true
			}
		}
		return false
	}
	for i := range wanted {
		if !claim(i, make(map[int]bool)) {
			return false
		}
	}
	return true
}
