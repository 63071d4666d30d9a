package depsolver

import (
	"context"

	"tournant/internal/chef"
)

// Root asks for a cookbook of the run list; a nil Constraint takes any version.
type Root = chef.Requirement

// problem is what one call of Solve works on. env constrains cookbooks by name.
type problem struct {
	universe *Universe
	env      map[string]chef.Constraint
	roots    []Root

	// leniency is how much of what is asked of a cookbook to overlook. It is
	// empty except when looking for whom to blame.
	leniency map[string]leniency
}

// leniency is how far the constraints on one cookbook are overlooked.
type leniency int8

const (
	strict    leniency = iota
	anyChoice          // it may have another version than was asked for
	optional           // it may even be missing
)

// allowed are the choices for b that the environment leaves, absent not among
// them.
func (p *problem) allowed(b *book) set {
	all := make(set, setWords(len(b.versions)))
	b.matching(p.env[b.name], all) // without an entry, the zero Constraint
	return all
}

// solver returns the search for p, in which the roots are already required.
func (p *problem) solver(ctx context.Context) *solver {
	s := &solver{ctx: ctx, problem: p, byName: make(map[string]int32, 64), bump: 1}
	s.vars = make([]variable, 0, 64)
	for _, r := range p.roots {
		s.require(r)
	}
	return s
}

// require narrows the choices for a root before the search begins.
func (s *solver) require(r Root) {
	v := s.variable(r.Name)
	x := &s.vars[v]
	if !x.wanted {
		x.wanted = true
		s.wanted = append(s.wanted, v)
	}
	lenience := s.problem.leniency[r.Name]
	if lenience == optional {
		return
	}
	x.dom.drop(absent)
	if x.book != nil && r.Constraint != nil && lenience == strict {
		match := set(s.words.take(len(x.dom)))
		x.book.matching(*r.Constraint, match)
		x.dom.intersect(match)
	}
	s.impossible = s.impossible || x.dom.empty()
	if !x.opened {
		s.open(v)
	}
}
