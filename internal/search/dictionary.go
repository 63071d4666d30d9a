package search

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2"
)

// errDamaged marks records that the index cannot have written.
var errDamaged = errors.New("damaged record")

// step is one step down the dictionary: a key under a path.
type step struct {
	parent uint64
	key    string
}

// dictionary gives the paths of one space their ids. It is used by the
// organization's writer alone; what it adds goes into that writer's batch, and
// must be forgotten when the batch is not committed.
type dictionary struct {
	space     keyspace
	root      *path // above the document
	constants *path // above what is indexed beside it
	record    *spaceRecord
	known     map[step]*path
}

func newDictionary(space keyspace, record *spaceRecord) *dictionary {
	return &dictionary{
		space:     space,
		root:      &path{id: rootPath},
		constants: &path{id: constantPath},
		record:    record,
		known:     make(map[step]*path),
	}
}

// child returns the path of key under p and gives it an id when it is new.
func (d *dictionary) child(db pebble.Reader, batch *pebble.Batch, p *path, key string) (*path, error) {
	if c, ok := d.known[step{p.id, key}]; ok {
		return c, nil
	}
	key = strings.Clone(key) // it is part of a document, which must not live on in known
	c, err := d.load(db, p, key)
	if err != nil {
		return nil, err
	}
	if c == nil {
		if c, err = d.add(batch, p, key); err != nil {
			return nil, err
		}
	}
	d.known[step{p.id, c.key}] = c
	return c, nil
}

// load reads a path, nil when there is none.
func (d *dictionary) load(db pebble.Reader, p *path, key string) (*path, error) {
	v, closer, err := db.Get(d.space.child(p.id, key))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("search: read path: %w", err)
	}
	defer closer.Close()
	id, flags, err := decodePath(v)
	if err != nil {
		return nil, err
	}
	return &path{id: id, flags: flags, key: key, parent: p}, nil
}

func (d *dictionary) add(batch *pebble.Batch, p *path, key string) (*path, error) {
	d.record.paths = max(d.record.paths, lastReserved) + 1
	c := &path{id: d.record.paths, key: key, parent: p}
	c.flags = c.nameFlags()
	if err := d.save(batch, c); err != nil {
		return nil, err
	}
	return c, d.eachName(c, func(k []byte) error { return batch.Set(k, nil, nil) })
}

// save writes a path's own entry.
func (d *dictionary) save(batch *pebble.Batch, p *path) error {
	v := append(binary.AppendUvarint(nil, p.id), byte(p.flags))
	return batch.Set(d.space.child(p.parent.id, p.key), v, nil)
}

// eachName calls fn with the keys by which a path is found under its names.
func (d *dictionary) eachName(p *path, fn func(key []byte) error) error {
	joined, last := p.tails()
	if err := fn(d.space.name(subJoined, joined, p.id)); err != nil || p.isTop() {
		return err
	}
	return fn(d.space.name(subLast, last, p.id))
}

// markScalar notes that a path has scalars.
func (d *dictionary) markScalar(batch *pebble.Batch, p *path) error {
	if p.flags&flagScalar != 0 {
		return nil
	}
	p.flags |= flagScalar
	return d.save(batch, p)
}

// forget removes a path from the dictionary.
func (d *dictionary) forget(batch *pebble.Batch, p *path) error {
	delete(d.known, step{p.parent.id, p.key})
	if err := batch.Delete(d.space.child(p.parent.id, p.key), nil); err != nil {
		return err
	}
	return d.eachName(p, func(k []byte) error { return batch.Delete(k, nil) })
}

func decodePath(v []byte) (id uint64, flags pathFlags, err error) {
	id, n := binary.Uvarint(v)
	if n <= 0 || len(v) != n+1 {
		return 0, 0, fmt.Errorf("search: path: %w", errDamaged)
	}
	return id, pathFlags(v[n]), nil
}
