package search

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
)

// An expander writes a document out as the original did, to decide about
// phrases that the index alone cannot: it keeps no order of the pairs.
type expander struct {
	pairs []keyValue
}

type keyValue struct{ key, value string }

func (e *expander) child(p *path, key string) (*path, error) {
	return &path{key: key, parent: p}, nil
}

func (e *expander) scalar(p *path, text string) {
	joined, last := p.names()
	e.pairs = append(e.pairs, keyValue{joined, text})
	if !p.isTop() {
		e.pairs = append(e.pairs, keyValue{last, text})
	}
}

func (e *expander) key(p *path, text string) { e.scalar(p, text) }

func (e *expander) leave(*path, seen) {}

// add expands one top-level value of an object of the given type.
func (e *expander) add(typ string, m member) error {
	skip, omit := form(typ, m.key)
	if skip {
		return nil
	}
	err := walk(e, &path{key: m.key, parent: &path{}}, m.raw, omit)
	if errors.Is(err, errMalformed) {
		return nil // indexed as far as it goes, like the flattener
	}
	return err
}

// sorted returns the pairs in the original's order, each once.
func (e *expander) sorted() []keyValue {
	slices.SortFunc(e.pairs, func(a, b keyValue) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.value, b.value))
	})
	return slices.Compact(e.pairs)
}

// tokens returns the tokens of a pair.
func (kv keyValue) tokens() []string { return words(kv.key + separator + kv.value) }

// tokensOf returns all tokens of an object in their order.
func (r *reader) tokensOf(id int64) ([]string, error) {
	var e expander
	for _, m := range constants(r.org, r.of, id) {
		e.pairs = append(e.pairs, keyValue{m.key, m.raw})
	}
	prefix := appendUint(r.space.sub(subChunk), uint64(id))
	it, err := r.snap.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	defer it.Close()
	tops, err := r.topKeys()
	if err != nil {
		return nil, err
	}
	for ok := it.First(); ok; ok = it.Next() {
		top, _, ok := cutUint(it.Key()[len(prefix):])
		if !ok {
			return nil, fmt.Errorf("search: chunk: %w", errDamaged)
		}
		raw, err := r.codec.unpack(nil, it.Value())
		if err != nil {
			return nil, err
		}
		if err := e.add(r.of.Type, member{tops[top], string(raw)}); err != nil {
			return nil, err
		}
	}
	if err := it.Error(); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	var tokens []string
	for _, kv := range e.sorted() {
		tokens = append(tokens, kv.tokens()...)
	}
	return tokens, nil
}

// topKeys returns the top-level keys of the space by their path ids.
func (r *reader) topKeys() (map[uint64]string, error) {
	if r.tops != nil {
		return r.tops, nil
	}
	tops := make(map[uint64]string)
	err := r.scan(r.dictionary, r.space.children(rootPath), "", func(tail, value []byte) (bool, error) {
		word, rest, _, ok := cutWords(tail)
		id, _, err := decodePath(value)
		if !ok {
			return false, fmt.Errorf("search: key: %w", errDamaged)
		}
		tops[id] = string(word) + string(rest)
		return true, err
	})
	r.tops = tops
	return tops, err
}
