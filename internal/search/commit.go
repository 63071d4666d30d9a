package search

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"tournant/internal/chef"
)

// write commits edits and the position as one batch.
func (f *follower) write(pos position, edits []edit) error {
	db, done, err := f.x.acquire()
	if err != nil {
		return err
	}
	defer done()
	if f.db != db {
		return unavailable() // replaced meanwhile; the next run begins anew
	}
	w := &writer{db: db, batch: db.NewBatch(), codec: f.x.codec, log: f.x.log, org: f.org}
	if err = f.edit(w, edits); err == nil {
		err = f.commit(w, pos)
	}
	if err = errors.Join(err, w.close(), w.batch.Close()); err != nil {
		f.forget() // with what of the batch is in memory
		return f.x.noticed(err)
	}
	return f.sweep(db, w.gone)
}

func (f *follower) edit(w *writer, edits []edit) error {
	for _, e := range edits {
		b, err := f.bucket(w.db, e.Ref)
		if err != nil {
			return err
		}
		if e.remove {
			err = w.remove(b, e.Ref, e.ID)
		} else {
			err = w.put(b, e.Object)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) commit(w *writer, pos position) error {
	for at, b := range f.buckets {
		if !b.dirty {
			continue
		}
		b.dirty = false
		if at.Type == TypeItem && b.record.objects == 0 {
			delete(f.buckets, at)
			if err := dropSpace(w.batch, b.key, b.record.id); err != nil {
				return err
			}
			continue
		}
		if err := w.batch.Set(b.key, b.record.encode(), nil); err != nil {
			return err
		}
	}
	if err := w.batch.Set(orgKey(f.org), pos.encode(), nil); err != nil {
		return err
	}
	if err := w.batch.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("search: write: %w", err)
	}
	f.mu.Lock()
	f.pos = pos
	f.mu.Unlock()
	return nil
}

// bucket returns the space of an object, a new one if there is none.
func (f *follower) bucket(db pebble.Reader, ref Ref) (*bucket, error) {
	at := Ref{Type: ref.Type, Bag: ref.Bag}
	if b := f.buckets[at]; b != nil {
		return b, nil
	}
	b := &bucket{key: spaceKey(f.org, ref.Type, ref.Bag)}
	rec, err := loadSpace(db, b.key)
	if err != nil {
		return nil, err
	}
	if rec.id == 0 {
		rec.id = f.x.lastSpace.Add(1)
	}
	b.record = rec
	b.space = newKeyspace(rec.id)
	b.dict = newDictionary(b.space, &b.record)
	f.buckets[at] = b
	return b, nil
}

// forget drops what is only in memory; the next run reads it again.
func (f *follower) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.db, f.buckets = nil, nil
}

// dropSpace removes a space with all that is in it.
func dropSpace(batch *pebble.Batch, key []byte, id uint64) error {
	data := newKeyspace(id)
	if err := batch.DeleteRange(data, after(data), nil); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return batch.Delete(key, nil)
}

// dropSpaces removes all spaces of the organization.
func (f *follower) dropSpaces(db *pebble.DB, batch *pebble.Batch) error {
	prefix := spacesKey(f.org)
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		rec, err := decodeSpaceRecord(it.Value())
		if err != nil {
			return err
		}
		if err := dropSpace(batch, it.Key(), rec.id); err != nil {
			return err
		}
	}
	return it.Error()
}

// empty removes all of the organization and leaves it incomplete.
func (f *follower) empty(context.Context) error {
	db, done, err := f.x.acquire()
	if err != nil {
		return err
	}
	defer done()
	batch := db.NewBatch()
	defer batch.Close()
	err = errors.Join(f.dropSpaces(db, batch), batch.Delete(orgKey(f.org), nil))
	if err == nil {
		err = batch.Commit(pebble.NoSync)
	}
	f.forget()
	return f.x.noticed(err)
}

// rebuild indexes the organization from the start.
func (f *follower) rebuild(ctx context.Context) error {
	begin := f.x.now()
	if err := f.empty(ctx); err != nil {
		return err
	}
	if _, err := f.load(); err != nil {
		return err
	}
	f.x.log.Info("search: building the index", "org", f.org)
	var group []edit
	count, bytes := 0, 0
	flush := func() error {
		err := f.write(position{}, group)
		group, bytes = nil, 0
		return err
	}
	head, err := f.x.src.Scan(ctx, f.org, func(obj Object) error {
		if !indexed(obj.Type) {
			return nil
		}
		group = append(group, edit{Object: obj})
		bytes += len(obj.JSON)
		if count++; count%1000 == 0 {
			f.x.log.Info("search: building the index", "org", f.org, "objects", count)
		}
		if len(group) < batchObjects && bytes < batchBytes {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		err = f.write(position{seq: head, complete: true}, nil)
	}
	if err != nil {
		if chef.CodeOf(err) == chef.Unavailable {
			return err
		}
		return fmt.Errorf("search: build the index: %w", err)
	}
	f.x.log.Info("search: the index is built", "org", f.org, "objects", count, "took", f.x.now().Sub(begin))
	return nil
}
