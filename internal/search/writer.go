package search

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// bucket is one space as its organization's writer knows it.
type bucket struct {
	key    []byte // of its record
	space  keyspace
	record spaceRecord
	dict   *dictionary
	dirty  bool
}

// writer turns saved and deleted objects into one batch of an organization. It
// reads what was committed: a batch may save any number of new objects, but
// change or delete only a single one.
type writer struct {
	db    *pebble.DB
	batch *pebble.Batch
	codec *codec
	log   *slog.Logger
	org   int64
	// gone are paths that an object of the batch had and has no more.
	gone []vanishedPath

	found *pebble.Iterator // see sole

	key, value []byte // reused
}

type vanishedPath struct {
	*path
	*bucket
}

// put indexes an object in place of what the index has under its id.
func (w *writer) put(b *bucket, obj Object) error {
	doc, err := assemble(obj.Ref, string(obj.JSON))
	if err != nil {
		w.log.Warn("search: object is indexed without its document",
			"type", obj.Type, "bag", obj.Bag, "name", obj.Name, "error", err)
		doc = nil
	}
	old, err := w.manifest(b, obj.ID)
	if err != nil {
		return err
	}
	if old == nil {
		b.record.objects++
		b.dirty = true
		if err := w.constants(b, obj.Ref, obj.ID, false); err != nil {
			return err
		}
	}
	if err := w.name(b, obj.ID, obj.Name); err != nil {
		return err
	}
	return w.document(b, obj, old, doc)
}

// remove takes an object out of the index, if it is there.
func (w *writer) remove(b *bucket, ref Ref, id int64) error {
	old, err := w.manifest(b, id)
	if err != nil || old == nil {
		return err
	}
	b.record.objects--
	b.dirty = true
	if err := w.constants(b, ref, id, true); err != nil {
		return err
	}
	if err := w.batch.Delete(b.space.object(id), nil); err != nil {
		return err
	}
	if err := w.document(b, Object{Ref: ref, ID: id}, old, nil); err != nil {
		return err
	}
	return w.batch.Delete(b.space.manifest(id), nil)
}

// manifest reads an object's manifest, nil when it is not in the index.
func (w *writer) manifest(b *bucket, id int64) (manifest, error) {
	v, closer, err := w.db.Get(b.space.manifest(id))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("search: read manifest: %w", err)
	}
	defer closer.Close()
	m, err := decodeManifest(v)
	if m == nil {
		m = manifest{}
	}
	return m, err
}

// name enters an object in the list of its space.
func (w *writer) name(b *bucket, id int64, name string) error {
	key := b.space.object(id)
	v, closer, err := w.db.Get(key)
	if err == nil {
		same := bytes.Equal(v, []byte(name))
		if err := closer.Close(); err != nil || same {
			return err
		}
	} else if !errors.Is(err, pebble.ErrNotFound) {
		return fmt.Errorf("search: read object: %w", err)
	}
	return w.batch.Set(key, []byte(name), nil)
}

// constants posts, or removes, what an object has all its life.
func (w *writer) constants(b *bucket, ref Ref, id int64, remove bool) error {
	f := w.flattener(b)
	for _, m := range constants(w.org, ref, id) {
		top, err := b.dict.child(w.db, w.batch, b.dict.constants, m.key)
		if err != nil {
			return err
		}
		made, err := f.scalars(top, m.raw)
		if err != nil {
			return err
		}
		for _, p := range made.postings {
			if err := w.post(b, p, id, top.id, remove); err != nil {
				return err
			}
		}
	}
	return nil
}

// post adds an object to a posting, or removes it.
func (w *writer) post(b *bucket, p posting, id int64, top uint64, remove bool) error {
	var long string
	w.key, long = appendPosting(append(w.key[:0], b.space...), p, id, top)
	if remove {
		if sole, err := w.sole(b); err != nil {
			return err
		} else if sole {
			return w.batch.Delete(w.key, nil)
		}
	}
	w.value = appendMember(w.value[:0], long, id, remove)
	return w.batch.Merge(w.key, w.value, nil)
}

// sole reports whether the posting in w.key has one object only.
func (w *writer) sole(b *bucket) (bool, error) {
	if w.found == nil {
		it, err := w.db.NewIter(&pebble.IterOptions{LowerBound: b.space, UpperBound: after(b.space)})
		if err != nil {
			return false, fmt.Errorf("search: %w", err)
		}
		w.found = it
	}
	if !w.found.SeekGE(w.key) || !bytes.Equal(w.found.Key(), w.key) {
		return false, errors.Join(w.found.Error(), fmt.Errorf("search: posting is missing: %w", errDamaged))
	}
	v, err := w.found.ValueAndErr()
	return isSole(v), err
}

// close releases what the writer holds but for its batch.
func (w *writer) close() error {
	if w.found == nil {
		return nil
	}
	return w.found.Close()
}

func (w *writer) flattener(b *bucket) *flattener {
	b.dirty = true // it may add paths
	return &flattener{dict: b.dict, db: w.db, batch: w.batch}
}

// document writes what differs between the chunks of the old manifest and doc.
func (w *writer) document(b *bucket, obj Object, old manifest, doc document) error {
	next := make(manifest, 0, len(doc))
	f := w.flattener(b)
	for _, m := range doc {
		top, err := b.dict.child(w.db, w.batch, b.dict.root, m.key)
		if err != nil {
			return err
		}
		e := manifestEntry{top.id, stampOf(m.raw)}
		next = append(next, e)
		i, had := old.find(e.top)
		if had && old[i] == e {
			continue
		}
		if err := w.replace(b, f, obj, top, had, &m); err != nil {
			return err
		}
	}
	slices.SortFunc(next, func(a, b manifestEntry) int { return cmp.Compare(a.top, b.top) })
	if err := w.dropRest(b, f, obj, old, next); err != nil {
		return err
	}
	if slices.Equal(old, next) && old != nil {
		return nil
	}
	return w.batch.Set(b.space.manifest(obj.ID), next.encode(), nil)
}

// dropRest removes the chunks that the next manifest does not have.
func (w *writer) dropRest(b *bucket, f *flattener, obj Object, old, next manifest) error {
	for _, e := range old {
		if _, kept := next.find(e.top); kept {
			continue
		}
		top, err := w.topByID(b, e.top)
		if err != nil {
			return err
		}
		if err := w.replace(b, f, obj, top, true, nil); err != nil {
			return err
		}
	}
	return nil
}

// replace writes the difference that a new version of a chunk makes; had tells
// that there is an old one, a nil member that there is no new one.
func (w *writer) replace(b *bucket, f *flattener, obj Object, top *path, had bool, m *member) error {
	var before, now flat
	key := b.space.chunk(obj.ID, top.id)
	if had {
		raw, err := readChunk(w.db, w.codec, key)
		if err != nil {
			return err
		}
		if before, err = f.flatten(obj.Type, top, string(raw)); err != nil {
			return err
		}
	}
	var err error
	if m == nil {
		err = w.batch.Delete(key, nil)
	} else if now, err = f.flatten(obj.Type, top, m.raw); err == nil {
		err = w.batch.Set(key, w.codec.pack(m.raw), nil)
	}
	if err != nil {
		return err
	}
	if had {
		for _, p := range vanished(before, now) {
			w.gone = append(w.gone, vanishedPath{p, b})
		}
	}
	return w.diff(b, obj.ID, top.id, before.postings, now.postings)
}

func (w *writer) diff(b *bucket, id int64, top uint64, before, now []posting) error {
	return diffPostings(before, now,
		func(p posting) error { return w.post(b, p, id, top, true) },
		func(p posting) error { return w.post(b, p, id, top, false) })
}

// topByID finds a top-level path that only a manifest names.
func (w *writer) topByID(b *bucket, id uint64) (*path, error) {
	prefix := b.space.children(rootPath)
	it, err := w.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		got, _, err := decodePath(it.Value())
		if err != nil {
			return nil, err
		}
		if got == id {
			word, rest, _, _ := cutWords(it.Key()[len(prefix):])
			return b.dict.child(w.db, w.batch, b.dict.root, string(word)+string(rest))
		}
	}
	return nil, errors.Join(fmt.Errorf("search: top path %d: %w", id, errDamaged), it.Error())
}

// readChunk reads and unpacks a chunk that must be there.
func readChunk(db pebble.Reader, c *codec, key []byte) ([]byte, error) {
	v, closer, err := db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, fmt.Errorf("search: chunk is missing: %w", errDamaged)
	}
	if err != nil {
		return nil, fmt.Errorf("search: read chunk: %w", err)
	}
	defer closer.Close()
	return c.unpack(nil, v)
}
