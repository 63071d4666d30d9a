package search

import (
	"errors"
	"strings"

	"github.com/cockroachdb/pebble/v2"
)

// flattener makes the postings of one top-level value.
type flattener struct {
	dict    *dictionary
	db      pebble.Reader
	batch   *pebble.Batch
	out     []posting
	visited []*path
	err     error
}

// flat is what a top-level value comes to: a sorted set of postings, and the
// paths it has, as often as they occur.
type flat struct {
	postings []posting
	paths    []*path
}

// flatten walks the value of a top-level key as far as it is well-formed.
func (f *flattener) flatten(typ string, top *path, raw string) (flat, error) {
	f.out, f.visited, f.err = nil, []*path{top}, nil
	skip, omit := form(typ, top.key)
	if skip {
		return flat{paths: f.visited}, nil
	}
	f.out = make([]posting, 0, len(raw)/16)
	if err := walk(f, top, raw, omit); err != nil && !errors.Is(err, errMalformed) {
		return flat{}, err
	}
	return f.result()
}

// scalars makes the postings of a single scalar at a top-level key.
func (f *flattener) scalars(top *path, text string) (flat, error) {
	f.out, f.visited, f.err = nil, []*path{top}, nil
	f.scalar(top, text)
	return f.result()
}

func (f *flattener) result() (flat, error) {
	return flat{sortPostings(f.out), f.visited}, f.err
}

// vanished returns the paths that the old have and the new have not.
func vanished(old, new flat) []*path {
	kept := make(map[*path]bool, len(new.paths))
	for _, p := range new.paths {
		kept[p] = true
	}
	var gone []*path
	for _, p := range old.paths {
		if !kept[p] {
			kept[p] = true
			gone = append(gone, p)
		}
	}
	return gone
}

func (f *flattener) child(p *path, key string) (*path, error) {
	c, err := f.dict.child(f.db, f.batch, p, key)
	if err != nil {
		return nil, err
	}
	f.visited = append(f.visited, c)
	return c, nil
}

func (f *flattener) scalar(p *path, text string) {
	if p.flags&flagScalar == 0 {
		f.err = errors.Join(f.err, f.dict.markScalar(f.batch, p))
	}
	f.out = append(f.out, posting{p.id, tagScalar, text})
	f.tokens(p, text)
}

// key posts nothing of its own: that p has the key is known from what is
// posted below it.
func (f *flattener) key(p *path, text string) { f.tokens(p, text) }

func (f *flattener) leave(p *path, s seen) {
	switch {
	case s&(seenKeys|seenScalarKeys) == seenKeys:
		f.out = append(f.out, posting{path: p.id, tag: tagKeys})
	case s == 0:
		f.out = append(f.out, posting{path: p.id, tag: tagBare})
	}
}

// tokens posts the tokens of text at p that are not its key's with its first
// word, and that one when it is odd.
func (f *flattener) tokens(p *path, text string) {
	class := classify(text)
	word := text
	if class&classSpace != 0 {
		var rest string
		word, rest = cutWord(text)
		for _, w := range words(rest) {
			f.word(w)
		}
	}
	if p.flags&flagSpaced != 0 {
		f.spaced(p)
	}
	if p.flags&flagOdd != 0 || class&classEqual != 0 && isOdd("", word) {
		f.odd(p, word)
	}
}

// spaced posts the words in p's names that stand before their tails.
func (f *flattener) spaced(p *path) {
	joined, last := p.names()
	for _, name := range []string{joined, last} {
		before, _ := cutTail(name)
		for _, w := range before {
			f.word(w)
		}
		if len(before) > 0 {
			f.mark()
		}
	}
}

// word posts a token that is not a key with a value, though it may look so.
func (f *flattener) word(w string) {
	f.out = append(f.out, posting{wordPath, tagScalar, w})
	if strings.Contains(w, separator) {
		f.out = append(f.out, posting{oddPath, tagScalar, w})
		f.mark()
	}
}

// mark marks the object as one whose phrases postings alone do not decide.
func (f *flattener) mark() {
	f.out = append(f.out, posting{wordPath, tagScalar, ""})
}

func (f *flattener) odd(p *path, word string) {
	joined, last := p.tails()
	for _, name := range []string{joined, last} {
		if isOdd(name, word) {
			f.out = append(f.out, posting{oddPath, tagScalar, name + separator + word})
		}
	}
}
