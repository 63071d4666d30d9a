package search

import (
	"fmt"
	"slices"
	"strings"
)

// namesMatching calls fn with every name in the dictionary that begins with
// prefix, once for each path that has it. fn must not use the dictionary.
func (r *reader) namesMatching(prefix string, fn func(name []byte, path uint64)) error {
	for _, kind := range []byte{subJoined, subLast} {
		err := r.scan(r.dictionary, r.space.sub(kind), prefix, func(tail, _ []byte) (bool, error) {
			name, _, rest, ok := cutText(tail)
			path, _, okPath := cutUint(rest)
			if !ok || !okPath {
				return false, fmt.Errorf("search: name: %w", errDamaged)
			}
			if !strings.HasPrefix(string(name), prefix) {
				return false, nil
			}
			fn(name, path)
			return true, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// pathsNamed returns the paths that have exactly this name.
func (r *reader) pathsNamed(name string) ([]uint64, error) {
	var ids []uint64
	for _, kind := range []byte{subJoined, subLast} {
		err := r.scan(r.dictionary, r.space.names(kind, name), "", func(tail, _ []byte) (bool, error) {
			id, _, ok := cutUint(tail)
			if !ok {
				return false, fmt.Errorf("search: name: %w", errDamaged)
			}
			ids = append(ids, id)
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return distinct(ids), nil
}

// pathsMatching returns the paths that have a name of the pattern.
func (r *reader) pathsMatching(p pattern) ([]uint64, error) {
	m := p.matcher()
	if l, ok := m.(literal); ok {
		return r.pathsNamed(string(l))
	}
	var ids []uint64
	err := r.namesMatching(m.least(), func(name []byte, path uint64) {
		if m.matches(name) {
			ids = append(ids, path)
		}
	})
	return distinct(ids), err
}

// distinct sorts ids: postings are read in key order.
func distinct(ids []uint64) []uint64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}
