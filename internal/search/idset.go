package search

import (
	"iter"
	"math/bits"
	"slices"
)

// idSet is a set of object ids. Ids of one organization lie close together,
// so it keeps bits in pages.
type idSet struct {
	pages map[int64]*page
	// The page that was used last: scans find runs of neighbours.
	lastAt   int64
	lastPage *page
}

const pageSize = 4096 // ids

// page is a set of places on a page.
type page [pageSize / 64]uint64

func (p *page) set(at int)      { p[at/64] |= 1 << (at % 64) }
func (p *page) clear(at int)    { p[at/64] &^= 1 << (at % 64) }
func (p *page) has(at int) bool { return p[at/64]&(1<<(at%64)) != 0 }

// places yields the places in order.
func (p *page) places(yield func(int) bool) {
	for i, w := range p {
		for ; w != 0; w &= w - 1 {
			if !yield(i*64 + bits.TrailingZeros64(w)) {
				return
			}
		}
	}
}

func newIDSet() *idSet { return &idSet{pages: make(map[int64]*page)} }

func (s *idSet) add(id int64) { s.page(id / pageSize).set(int(id % pageSize)) }

// page returns the page of that number.
func (s *idSet) page(at int64) *page {
	if s.lastPage == nil || s.lastAt != at {
		p := s.pages[at]
		if p == nil {
			p = new(page)
			s.pages[at] = p
		}
		s.lastAt, s.lastPage = at, p
	}
	return s.lastPage
}

func (s *idSet) has(id int64) bool {
	p := s.pages[id/pageSize]
	return p != nil && p.has(int(id%pageSize))
}

func (s *idSet) len() (n int) {
	for _, p := range s.pages {
		for _, w := range p {
			n += bits.OnesCount64(w)
		}
	}
	return n
}

func (s *idSet) empty() bool {
	for _, p := range s.pages {
		if *p != (page{}) {
			return false
		}
	}
	return true
}

// unite adds the ids of t.
func (s *idSet) unite(t *idSet) {
	for at, q := range t.pages {
		p := s.page(at)
		for i := range p {
			p[i] |= q[i]
		}
	}
}

// intersect keeps only the ids that t has too.
func (s *idSet) intersect(t *idSet) {
	for at, p := range s.pages {
		q := t.pages[at]
		if q == nil {
			q = new(page)
		}
		for i := range p {
			p[i] &= q[i]
		}
	}
}

// subtract removes the ids of t.
func (s *idSet) subtract(t *idSet) {
	for at, q := range t.pages {
		if p := s.pages[at]; p != nil {
			for i := range p {
				p[i] &^= q[i]
			}
		}
	}
}

// ascending yields the ids in order.
func (s *idSet) ascending() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		order := make([]int64, 0, len(s.pages))
		for at := range s.pages {
			order = append(order, at)
		}
		slices.Sort(order)
		for _, at := range order {
			for place := range s.pages[at].places {
				if !yield(at*pageSize + int64(place)) {
					return
				}
			}
		}
	}
}
