package search

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// sweep takes paths out of the dictionary that no object has any more, or what
// names containers, disks and the like would pile up there. The paths are
// those that an object lost in a batch that is committed, children first.
func (f *follower) sweep(db *pebble.DB, gone []vanishedPath) error {
	if len(gone) == 0 {
		return nil
	}
	slices.SortFunc(gone, func(a, b vanishedPath) int { return cmp.Compare(b.id, a.id) })
	batch := db.NewIndexedBatch()
	err := sweepPaths(batch, gone)
	if err == nil {
		err = batch.Commit(pebble.NoSync)
	}
	if err = errors.Join(err, batch.Close()); err != nil {
		f.forget()
		return f.x.noticed(fmt.Errorf("search: sweep: %w", err))
	}
	return nil
}

func sweepPaths(batch *pebble.Batch, gone []vanishedPath) error {
	for _, p := range gone {
		// Chunks name their top-level path whether or not it has postings.
		if p.isTop() {
			continue
		}
		used, err := occupied(batch, p.space.postings(p.id))
		if err == nil && !used {
			used, err = occupied(batch, p.space.children(p.id))
		}
		if err != nil {
			return err
		}
		if used {
			continue
		}
		if err := p.dict.forget(batch, p.path); err != nil {
			return err
		}
	}
	return nil
}

// occupied reports whether a key begins with prefix.
func occupied(db pebble.Reader, prefix []byte) (bool, error) {
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return false, err
	}
	found := it.First()
	return found, it.Close()
}

// trim bounds the dictionaries in memory: over the bound, all are dropped but
// those of followers that are at work.
func (x *Index) trim(last *follower) {
	known := 0
	for _, b := range last.buckets {
		known += len(b.dict.known)
	}
	last.known.Store(int64(known))
	x.followers.mu.Lock()
	defer x.followers.mu.Unlock()
	total := int64(0)
	for _, f := range x.followers.all {
		total += f.known.Load()
	}
	if total <= maxKnownPaths {
		return
	}
	for _, f := range x.followers.all {
		f.mu.Lock()
		if f.run == nil || f == last {
			for _, b := range f.buckets {
				b.dict = newDictionary(b.space, &b.record)
			}
			f.known.Store(0)
		}
		f.mu.Unlock()
	}
}
