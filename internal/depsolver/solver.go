package depsolver

import (
	"context"

	"tournant/internal/chef"
)

// solver is one search. Each cookbook that the search has come across is a
// variable, whose domain shrinks as choices are excluded; the trail records
// each shrinking with its reason, so that it can be undone and explained.
type solver struct {
	ctx     context.Context
	problem *problem

	vars   []variable
	byName map[string]int32
	wanted []int32 // the roots in order, without repetitions

	trail  []entry
	levels []level
	head   int // trail[:head] has been propagated

	// late holds the nogoods of dependencies that were added above level 0,
	// with the level at which they were last examined: undoing that level may
	// undo what they implied. late[stale:] awaits examination.
	late  []lateNogood
	stale int

	learned []*nogood
	members []int32 // the variables in the nogood being learned
	union   set     // scratch
	bump    float64 // what a part in a conflict adds to an activity

	order   []int32 // variables in the order of discovery
	visited int     // order[:visited] are chosen, and their dependencies in order
	witness []int   // choices of a solution that agrees with the decisions so far

	conflicts, steps int
	conflictLimit    int // 0 is none
	impossible       bool

	words   slab[uint64]
	terms   slab[term]
	nogoods slab[nogood]
}

// variable is a cookbook in the search.
type variable struct {
	name     string
	book     *book // nil when no such cookbook exists
	dom      set   // choices left; never empty while the search goes on
	last     int32 // the latest trail entry, or -1
	opened   bool  // its dependencies are among the nogoods
	wanted   bool  // it is a root
	known    bool  // it is in order
	member   bool  // it is in the nogood being learned, with term and since
	since    int32 // the trail entry from which dom was within term
	term     set
	phase    int // the latest choice, 0 for none yet
	activity float64
	watches  []*nogood
	spare    []set // for domains, of undone entries
}

// entry says that the domain of v shrank. A decision has no reason.
type entry struct {
	v        int32
	prev     int32 // the previous entry for v, or -1
	level    int32
	old, new set
	reason   *nogood
}

// level is where a decision was taken, and how far the order was known then.
type level struct {
	trail, order, visited int
}

type lateNogood struct {
	nogood *nogood
	level  int
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
	s.vars = append(s.vars, variable{name: name, book: b, last: -1})
	x := &s.vars[v]
	if b == nil {
		x.dom = s.words.take(1)
	} else {
		x.dom = s.words.take(setWords(len(b.versions)))
		b.matching(s.problem.env[name], x.dom)
		if s.problem.leniency[name] == strict {
			x.dom.subtract(x.dom, b.broken)
		}
	}
	x.dom.add(absent)
	return v
}

// excluded are the choices for v that c rules out, absent among them.
func (s *solver) excluded(v int32, c chef.Constraint) set {
	x := &s.vars[v]
	all := set(s.words.take(len(x.dom)))
	if x.book != nil {
		match := set(s.words.take(len(x.dom)))
		x.book.matching(c, match)
		all.addRange(1, len(x.book.versions)+1)
		all.subtract(all, match)
	}
	all.add(absent)
	return all
}

// decide picks a choice for v, which opens a new level.
func (s *solver) decide(v int32, choice int) {
	s.levels = append(s.levels, level{len(s.trail), len(s.order), s.visited})
	next := s.domain(v)
	clear(next)
	next.add(choice)
	s.vars[v].phase = choice
	s.push(v, next, nil)
}

// exclude removes choices from the domain of v, of which some must remain.
func (s *solver) exclude(v int32, choices set, reason *nogood) {
	next := s.domain(v)
	next.subtract(s.vars[v].dom, choices)
	s.push(v, next, reason)
}

// domain returns room for a domain of v.
func (s *solver) domain(v int32) set {
	x := &s.vars[v]
	if n := len(x.spare); n > 0 {
		d := x.spare[n-1]
		x.spare = x.spare[:n-1]
		return d
	}
	return s.words.take(len(x.dom))
}

func (s *solver) push(v int32, next set, reason *nogood) {
	x := &s.vars[v]
	s.trail = append(s.trail, entry{v, x.last, int32(s.level()), x.dom, next, reason})
	x.last = int32(len(s.trail) - 1)
	x.dom = next
}

// undo returns to a lower level.
func (s *solver) undo(to int) {
	if to >= s.level() {
		return
	}
	mark := s.levels[to]
	for i := len(s.trail) - 1; i >= mark.trail; i-- {
		e := &s.trail[i]
		x := &s.vars[e.v]
		x.dom, x.last = e.old, e.prev
		x.spare = append(x.spare, e.new)
	}
	for _, v := range s.order[mark.order:] {
		s.vars[v].known = false
	}
	s.order, s.visited = s.order[:mark.order], mark.visited
	s.trail, s.head = s.trail[:mark.trail], mark.trail
	s.levels = s.levels[:to]
	for i := len(s.late) - 1; i >= 0 && s.late[i].level > to; i-- {
		s.late[i].level = to
		s.stale = min(s.stale, i)
	}
}
