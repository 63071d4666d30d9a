package search

import "github.com/cockroachdb/pebble/v2"

// Most of what a save changes are the same paths each time: counters, times,
// free memory. Their scalars are not posted; a posting says only that there
// are some, and a query reads them from the documents. So a save writes little
// but the documents' changed parts, and queries for such values, which are
// rare, take longer.
//
// Which form an object's postings have is told by the generation in which its
// chunk was written: it is a chunk's for ever, so that the next save finds what
// to remove.

// varies reports whether the path's scalars are left to the documents in
// chunks of the given generation.
func (p *path) varies(generation uint64) bool {
	return p.since != 0 && p.since <= generation
}

// change is what a save did to the scalars of a path.
type change uint8

const (
	changeRemoved change = 1 << iota
	changeAdded
)

// minChanges is how often a path must change before it can vary, and
// maxVaryShare that one save in so many must change it.
const (
	minChanges   = 64
	maxVaryShare = 4
)

// note takes down that the present save changes a path, and finds out whether
// that makes it one that varies, from the next generation on.
func (d *dictionary) note(batch *pebble.Batch, p *path, did change, least uint64) error {
	if p.turn != d.saves {
		p.turn, p.seen = d.saves, 0
	}
	if p.seen |= did; p.seen != changeRemoved|changeAdded {
		return nil
	}
	p.seen = 0
	p.changes++
	if p.changes < least || p.changes*maxVaryShare < d.saves || p.since != 0 {
		return nil
	}
	p.since = d.record.generation + 1
	d.varied = true
	return d.save(batch, p)
}

// nextGeneration ends the generation in which paths were found to vary.
func (d *dictionary) nextGeneration() {
	if d.varied {
		d.record.generation++
		d.varied = false
	}
}
