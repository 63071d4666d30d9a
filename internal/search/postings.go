package search

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2"
)

// The value of a posting's key says which objects of a page have it. It is
// written as changes, which Pebble merges: a save adds to it without reading,
// and a value that all nodes share is one key. Whoever removes the last object
// deletes the key, so that no merge comes to nothing. (Pebble has mergers that
// say so themselves, but its issue 6168 brings deleted values back.)
//
// A change is the length of a long text and that text, or 0; then, for each
// object, the distance from the one before, doubled, plus 1 if it is removed.
// What a reader sees has no removed objects.

// appendMember appends a change of one object.
func appendMember(b []byte, long string, id int64, removed bool) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(long))), long...)
	n := uint64(id%pageSize) << 1
	if removed {
		n++
	}
	return binary.AppendUvarint(b, n)
}

// cutLong reads the long text of a change.
func cutLong(b []byte) (long, members []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	return b[size : size+int(n)], b[size+int(n):], true
}

// eachMember calls fn with the members of a change, by their place on the page.
func eachMember(members []byte, fn func(place int, removed bool)) error {
	place := uint64(0)
	for len(members) > 0 {
		n, size := binary.Uvarint(members)
		if place += n >> 1; size <= 0 || place >= pageSize {
			return fmt.Errorf("search: members: %w", errDamaged)
		}
		fn(int(place), n&1 == 1)
		members = members[size:]
	}
	return nil
}

// merger merges the changes of a posting.
func merger() *pebble.Merger {
	return &pebble.Merger{Name: "tournant.postings.1", Merge: func(_, value []byte) (pebble.ValueMerger, error) {
		return &changes{single: append([]byte(nil), value...)}, nil
	}}
}

// changes collects the changes of one key. Most keys have one.
type changes struct {
	single []byte // the only one so far
	*pageChanges
}

// pageChanges is what several changes come to.
type pageChanges struct {
	long           []byte
	added, removed page
}

var _ pebble.ValueMerger = (*changes)(nil)

func (c *changes) MergeNewer(value []byte) error {
	return c.merge(value, func(p *pageChanges, at int, removed bool) {
		on, off := &p.added, &p.removed
		if removed {
			on, off = off, on
		}
		on.set(at)
		off.clear(at)
	})
}

func (c *changes) MergeOlder(value []byte) error {
	return c.merge(value, (*pageChanges).older)
}

// older takes a change that matters only where no newer one is.
func (p *pageChanges) older(at int, removed bool) {
	switch {
	case p.added.has(at) || p.removed.has(at):
	case removed:
		p.removed.set(at)
	default:
		p.added.set(at)
	}
}

func (c *changes) merge(value []byte, take func(p *pageChanges, at int, removed bool)) error {
	if c.pageChanges == nil {
		c.pageChanges = new(pageChanges)
		if err := c.read(c.single, (*pageChanges).older); err != nil {
			return err
		}
	}
	return c.read(value, take)
}

func (c *changes) read(value []byte, take func(p *pageChanges, at int, removed bool)) error {
	long, members, ok := cutLong(value)
	if !ok {
		return fmt.Errorf("search: change: %w", errDamaged)
	}
	if len(long) > 0 {
		c.long = append(c.long[:0], long...)
	}
	return eachMember(members, func(at int, removed bool) { take(c.pageChanges, at, removed) })
}

// Finish drops removals once there is nothing older that they could be about.
func (c *changes) Finish(includesBase bool) ([]byte, io.Closer, error) {
	if c.pageChanges == nil {
		if removes, err := removesAny(c.single); err != nil || !removes || !includesBase {
			return c.single, nil, err
		}
		c.pageChanges = new(pageChanges)
		if err := c.read(c.single, (*pageChanges).older); err != nil {
			return nil, nil, err
		}
	}
	if includesBase {
		c.removed = page{}
	}
	return c.encode(), nil, nil
}

func removesAny(value []byte) (removes bool, err error) {
	_, members, ok := cutLong(value)
	if !ok {
		return false, fmt.Errorf("search: change: %w", errDamaged)
	}
	err = eachMember(members, func(_ int, removed bool) { removes = removes || removed })
	return removes, err
}

// isSole reports whether a value has one object only.
func isSole(value []byte) bool {
	_, members, ok := cutLong(value)
	_, size := binary.Uvarint(members)
	return ok && size == len(members)
}

func (p *pageChanges) encode() []byte {
	b := append(binary.AppendUvarint(nil, uint64(len(p.long))), p.long...)
	last := 0
	for at := range p.both() {
		n := uint64(at-last) << 1
		if p.removed.has(at) {
			n++
		}
		b = binary.AppendUvarint(b, n)
		last = at
	}
	return b
}

// both yields the places that are added or removed, in order.
func (p *pageChanges) both() func(yield func(int) bool) {
	all := p.added
	for i := range all {
		all[i] |= p.removed[i]
	}
	return all.places
}
