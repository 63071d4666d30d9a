package depsolver

import "slices"

// learn finds out why a nogood is violated, goes back to where that could have
// been avoided and excludes the choice that leads there. It reports false when
// nothing was decided that could be avoided: the problem has no solution.
//
// The nogood is resolved with the reasons of the latest entries of its level
// until a single term of that level is left (the first unique implication
// point). Resolving on a variable unites the sets of the two terms on it: the
// sets of what is learned widen as far as the proof allows.
func (s *solver) learn(violated *nogood) bool {
	s.conflicts++
	s.join(violated, -1)
	for len(s.members) > 0 {
		latest, alone := s.latest()
		if alone {
			s.shorten(latest)
			break
		}
		s.resolve(latest)
	}
	if len(s.members) == 0 {
		return false
	}
	n := s.collect()
	to := 0
	if len(n.terms) > 1 {
		to = s.since(n.terms[1])
		s.learned = append(s.learned, n)
	}
	s.undo(to)
	if len(n.terms) > 1 {
		s.watch(n)
	}
	s.exclude(n.terms[0].v, n.terms[0].set, n)
	s.bump /= 0.95
	return true
}

// join adds the terms of n to the nogood being learned, except the one on
// except. Of two terms on a variable both must hold.
func (s *solver) join(n *nogood, except int32) {
	n.used = s.conflicts
	for _, t := range n.terms {
		if t.v == except {
			continue
		}
		x := &s.vars[t.v]
		if x.member {
			x.term.intersect(t.set)
		} else {
			s.enter(t)
		}
		s.place(t.v)
	}
}

// enter makes t a term of the nogood being learned.
func (s *solver) enter(t term) {
	x := &s.vars[t.v]
	if x.term == nil {
		x.term = s.words.take(len(x.dom))
	}
	copy(x.term, t.set)
	x.member = true
	s.members = append(s.members, t.v)
	x.activity += s.bump
	if x.activity > 1e100 {
		for i := range s.vars {
			s.vars[i].activity *= 1e-100
		}
		s.bump *= 1e-100
	}
}

// place finds out since when the term on v holds. One that holds at level 0
// goes without saying.
func (s *solver) place(v int32) {
	x := &s.vars[v]
	x.since = s.heldSince(v, x.term)
	if x.since < 0 || s.trail[x.since].level == 0 {
		s.leave(v)
	}
}

func (s *solver) leave(v int32) {
	s.vars[v].member = false
	i := slices.Index(s.members, v)
	last := len(s.members) - 1
	s.members[i] = s.members[last]
	s.members = s.members[:last]
}

// heldSince is the trail entry from which the domain of v was within choices,
// as it is now, or -1 if it always was.
func (s *solver) heldSince(v int32, choices set) int32 {
	i := s.vars[v].last
	for i >= 0 && s.trail[i].old.within(choices) {
		i = s.trail[i].prev
	}
	return i
}

// latest is the member whose term came to hold last, and whether it is the only
// one of its level.
func (s *solver) latest() (v int32, alone bool) {
	v = s.members[0]
	for _, m := range s.members {
		if s.vars[m].since > s.vars[v].since {
			v = m
		}
	}
	at := s.trail[s.vars[v].since].level
	for _, m := range s.members {
		if m != v && s.trail[s.vars[m].since].level == at {
			return v, false
		}
	}
	return v, true
}

// resolve replaces the term on v by the reason for which it came to hold. There
// is one: a decision comes first in its level.
func (s *solver) resolve(v int32) {
	x := &s.vars[v]
	reason := s.trail[x.since].reason
	x.term.unite(reason.on(v))
	s.place(v)
	s.join(reason, v)
}

// on is the set of the term on v, which there must be.
func (n *nogood) on(v int32) set {
	i := slices.IndexFunc(n.terms, func(t term) bool { return t.v == v })
	return n.terms[i].set
}

// shorten leaves out the members that follow from others; not the latest, which
// is the one to avoid.
func (s *solver) shorten(latest int32) {
	for i := len(s.members) - 1; i >= 0; i-- {
		if v := s.members[i]; v != latest && s.follows(v) {
			s.leave(v)
		}
	}
}

// follows reports whether resolving on v would only remove its term.
func (s *solver) follows(v int32) bool {
	x := &s.vars[v]
	reason := s.trail[x.since].reason
	if reason == nil {
		return false
	}
	s.union = append(s.union[:0], x.term...)
	s.union.unite(reason.on(v))
	if !s.granted(v, s.union) {
		return false
	}
	for _, t := range reason.terms {
		x := &s.vars[t.v]
		if t.v != v && !(x.member && x.term.within(t.set)) && !s.granted(t.v, t.set) {
			return false
		}
	}
	return true
}

// granted reports whether the domain of v, which is within choices, was so
// before anything was decided.
func (s *solver) granted(v int32, choices set) bool {
	since := s.heldSince(v, choices)
	return since < 0 || s.trail[since].level == 0
}

// collect makes the members a nogood, the one that came to hold last first and
// the runner-up second.
func (s *solver) collect() *nogood {
	slices.SortFunc(s.members, func(a, b int32) int { return int(s.vars[b].since - s.vars[a].since) })
	n := &nogood{terms: make([]term, len(s.members)), used: s.conflicts}
	for i, v := range s.members {
		x := &s.vars[v]
		n.terms[i] = term{v, slices.Clone(x.term)}
		x.member = false
	}
	s.members = s.members[:0]
	return n
}

// since is the level at which t, which holds, came to hold.
func (s *solver) since(t term) int { return int(s.trail[s.heldSince(t.v, t.set)].level) }
