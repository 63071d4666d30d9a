package search

import (
	"bytes"
	"context"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// reader reads one space as of one moment, for one query.
type reader struct {
	ctx   context.Context
	snap  *pebble.Snapshot
	codec *codec
	space keyspace
	org   int64
	of    Ref // Type and Bag of the space
	// Postings and dictionary are read in turns, each by its own iterator.
	postings   *pebble.Iterator
	dictionary *pebble.Iterator
	tops       map[uint64]string // see topKeys
	steps      int
}

func newReader(ctx context.Context, snap *pebble.Snapshot, c *codec, q Query, space keyspace) (*reader, error) {
	r := &reader{
		ctx: ctx, snap: snap, codec: c, space: space,
		org: q.Org, of: Ref{Type: q.Type, Bag: q.Bag},
	}
	bounds := &pebble.IterOptions{LowerBound: space, UpperBound: after(space)}
	var err error
	if r.postings, err = snap.NewIter(bounds); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	if r.dictionary, err = snap.NewIter(bounds); err != nil {
		_ = r.postings.Close()
		return nil, fmt.Errorf("search: %w", err)
	}
	return r, nil
}

func (r *reader) close() error {
	err := r.postings.Close()
	if e := r.dictionary.Close(); err == nil {
		err = e
	}
	return err
}

// tick is called for every key that is read, so that a query that takes long
// ends with its request.
func (r *reader) tick() error {
	if r.steps++; r.steps%1024 == 0 {
		return r.ctx.Err()
	}
	return nil
}

// scan calls fn with what follows prefix in the keys that begin with it, from
// prefix+from on, until fn returns false.
func (r *reader) scan(it *pebble.Iterator, prefix []byte, from string, fn func(tail, value []byte) (bool, error)) error {
	for ok := it.SeekGE(appendText(prefix[:len(prefix):len(prefix)], from)); ok; ok = it.Next() {
		tail, ours := bytes.CutPrefix(it.Key(), prefix)
		if !ours {
			return nil
		}
		value, err := it.ValueAndErr()
		if err != nil {
			return fmt.Errorf("search: %w", err)
		}
		if err := r.tick(); err != nil {
			return err
		}
		if more, err := fn(tail, value); err != nil || !more {
			return err
		}
	}
	if err := it.Error(); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return nil
}

// objects returns all objects of the space.
func (r *reader) objects() (*idSet, error) {
	all := newIDSet()
	err := r.scan(r.postings, r.space.sub(subObject), "", func(tail, _ []byte) (bool, error) {
		id, _, ok := cutUint(tail)
		if !ok {
			return false, fmt.Errorf("search: object: %w", errDamaged)
		}
		all.add(int64(id))
		return true, nil
	})
	return all, err
}

// scalars calls fn with the postings of scalars at a path whose first words
// match.
func (r *reader) scalars(path uint64, m matcher, fn func(found) error) error {
	prefix := append(r.space.postings(path), tagScalar)
	from := m.least()
	if len(from) > maxKeyText {
		from = clip(from)[:maxKeyText-4]
	}
	var last []byte
	known, matches := false, false
	return r.scan(r.postings, prefix, from, func(tail, value []byte) (bool, error) {
		f, err := parsePosting(tail, value)
		if err != nil {
			return false, err
		}
		if !known || !bytes.Equal(last, f.word) {
			known, matches = true, m.matches(f.word)
			last = append(last[:0], f.word...)
			if !matches && m.beyond(f.word[:min(len(f.word), maxKeyText-4)]) {
				return false, nil
			}
		}
		if !matches {
			return true, nil
		}
		return true, fn(f)
	})
}

// collect adds the objects of all postings under a prefix of theirs.
func (r *reader) collect(into *idSet, path uint64, tags ...byte) error {
	for _, tag := range tags {
		prefix := append(r.space.postings(path), tag)
		err := r.scan(r.postings, prefix, "", func(tail, value []byte) (bool, error) {
			f, err := parsePosting(tail, value)
			if err != nil {
				return false, err
			}
			return true, f.addTo(into)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// child is a key under a path, as the dictionary has it.
type child struct {
	rest  string // of the key, after its first word
	id    uint64
	flags pathFlags
}

// children returns the keys under a path whose first word matches.
func (r *reader) children(path uint64, m matcher) ([]child, error) {
	var out []child
	err := r.scan(r.dictionary, r.space.children(path), m.least(), func(tail, value []byte) (bool, error) {
		word, rest, _, ok := cutWords(tail)
		if !ok {
			return false, fmt.Errorf("search: key: %w", errDamaged)
		}
		if !m.matches(word) {
			return !m.beyond(word), nil
		}
		id, flags, err := decodePath(value)
		out = append(out, child{string(rest), id, flags})
		return true, err
	})
	return out, err
}

// anything matches every text.
func anything() matcher { return pattern{wildMany}.matcher() }
