package depsolver

import (
	"context"

	"tournant/internal/chef"
)

// solver is one search. Each cookbook that the search has come across is a
// variable, whose domain shrinks as choices are excluded; the trail records
// each shrinking with its reason, so that it can be undone and explained.
//
// Variables, sets and nogoods refer to each other by index: a solve makes
// thousands of them, which the garbage collector need not look at.
type solver struct {
	ctx     context.Context
	problem *problem

	sets   []uint64 // all sets of the search, see ref
	vars   []variable
	byName map[string]int32
	wanted []int32 // the roots in order, without repetitions

	terms   []term // of all nogoods
	nogoods []nogood
	learned []int32 // the nogoods that are not dependencies

	trail  []entry
	levels []level
	head   int // trail[:head] has been propagated

	// fresh are nogoods of dependencies that await examination. Once is enough,
	// although undoing a level undoes what they implied: at levels where the
	// cookbook that depends is not needed they cannot be violated, and when it
	// is needed again it notifies them.
	fresh []int32

	members []int32 // the variables in the nogood being learned
	union   set     // scratch
	bump    float64 // what a part in a conflict adds to an activity

	order   []int32 // variables in the order of discovery
	visited int     // order[:visited] are chosen, and their dependencies in order
	witness []int   // choices of a solution that agrees with the decisions so far

	tuning
	conflictLimit    int // 0 is none
	conflicts, steps int
	impossible       bool
}

// ref is where a set begins in solver.sets. Its length is that of the variable
// that it is for.
type ref uint32

// variable is a cookbook in the search.
type variable struct {
	name     string
	book     *book // nil when no such cookbook exists
	words    int32 // the length of its sets
	dom      ref   // choices left; never empty while the search goes on
	last     int32 // the latest trail entry, or -1
	since    int32 // the trail entry from which dom was within term
	term     ref   // while it is a member; 0 before it first is
	phase    int32 // the latest choice, 0 for none yet
	opened   bool  // its dependencies are among the nogoods
	wanted   bool  // it is a root
	known    bool  // it is in order
	member   bool  // it is in the nogood being learned, with term and since
	activity float64
	watches  []watch
	spare    []ref // room for domains, of undone entries
}

// entry says that the domain of v shrank.
type entry struct {
	v        int32
	prev     int32 // the previous entry for v, or -1
	level    int32
	reason   int32 // the nogood, or decision
	old, new ref
}

// decision in place of a reason.
const decision = -1

// level is where a decision was taken, and how far the order was known then.
type level struct {
	trail, order, visited int
}

// solver returns the search for p, in which the roots are already required.
func (p *problem) solver(ctx context.Context) *solver {
	const books, links = 32, 256 // room for a small run list without growing
	s := &solver{
		ctx: ctx, problem: p, byName: make(map[string]int32, books), bump: 1, tuning: usual(),
		sets: make([]uint64, 1, 4*links), vars: make([]variable, 0, books),
		terms: make([]term, 0, 2*links), nogoods: make([]nogood, 0, links), fresh: make([]int32, 0, books),
		trail: make([]entry, 0, 2*books), levels: make([]level, 0, books), order: make([]int32, 0, books),
	}
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
	s.dom(v).drop(absent)
	if r.Constraint != nil && lenience == strict {
		match := s.take(v)
		x.book.matching(*r.Constraint, s.set(v, match))
		s.dom(v).intersect(s.set(v, match))
	}
	s.impossible = s.impossible || s.dom(v).empty()
	if !x.opened {
		s.open(v)
	}
}

func (s *solver) level() int { return len(s.levels) }

// variable returns the variable for a cookbook, made on first use.
func (s *solver) variable(name string) int32 {
	if v, ok := s.byName[name]; ok {
		return v
	}
	v := int32(len(s.vars))
	s.byName[name] = v
	b := s.problem.universe.books[name]
	s.vars = append(s.vars, variable{name: name, book: b, last: -1, words: 1})
	x := &s.vars[v]
	if b == nil {
		x.dom = s.take(v)
	} else {
		x.words = int32(setWords(len(b.versions)))
		x.dom = s.take(v)
		b.matching(s.problem.env[name], s.dom(v)) // without an entry, any version
		if s.problem.leniency[name] == strict {
			s.dom(v).subtract(s.dom(v), b.broken)
		}
	}
	s.dom(v).add(absent)
	return v
}

// take makes an empty set for v.
func (s *solver) take(v int32) ref {
	at := ref(len(s.sets))
	for range s.vars[v].words {
		s.sets = append(s.sets, 0)
	}
	return at
}

// set is the set for v at r, until the next take.
func (s *solver) set(v int32, r ref) set { return s.sets[r:][:s.vars[v].words] }

// dom is the domain of v, until the next take.
func (s *solver) dom(v int32) set { return s.set(v, s.vars[v].dom) }

// excluded makes the set of choices for v that c rules out, absent among them.
func (s *solver) excluded(v int32, c chef.Constraint) ref {
	r := s.take(v)
	all := s.set(v, r)
	if b := s.vars[v].book; b != nil {
		b.matching(c, all)
		all.invert(len(b.versions))
	}
	all.add(absent)
	return r
}
