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
func (s *solver) learn(violated int32) bool {
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
	terms := s.collect()
	to := 0
	if len(terms) > 1 {
		to = int(s.trail[s.vars[terms[1].v].since].level)
	}
	s.undo(to)
	n := s.add(terms...)
	s.learned = append(s.learned, n)
	s.exclude(terms[0], n)
	s.bump /= 0.95
	return true
}

// join adds the terms of n to the nogood being learned, except the one on
// except. Of two terms on a variable both must hold.
func (s *solver) join(n, except int32) {
	s.nogoods[n].used = int32(s.conflicts)
	for _, t := range s.termsOf(n) {
		if t.v == except {
			continue
		}
		if s.vars[t.v].member {
			s.member(t.v).intersect(s.choices(t))
		} else {
			s.enter(t)
		}
		s.place(t.v)
	}
}

// member is the set of the term on v in the nogood being learned.
func (s *solver) member(v int32) set { return s.set(v, s.vars[v].term) }

// enter makes t a term of the nogood being learned.
func (s *solver) enter(t term) {
	x := &s.vars[t.v]
	if x.term == 0 {
		x.term = s.take(t.v)
	}
	copy(s.member(t.v), s.choices(t))
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
	x.since = s.heldSince(v, s.member(v))
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
	reason := s.trail[s.vars[v].since].reason
	s.member(v).unite(s.on(v, reason))
	s.place(v)
	s.join(reason, v)
}

// on is the set of the term on v of a nogood, which must have one.
func (s *solver) on(v, n int32) set {
	terms := s.termsOf(n)
	i := slices.IndexFunc(terms, func(t term) bool { return t.v == v })
	return s.choices(terms[i])
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
	reason := s.trail[s.vars[v].since].reason
	if reason == decision {
		return false
	}
	s.union = append(s.union[:0], s.member(v)...)
	s.union.unite(s.on(v, reason))
	if !s.granted(v, s.union) {
		return false
	}
	for _, t := range s.termsOf(reason) {
		stated := s.vars[t.v].member && s.member(t.v).within(s.choices(t))
		if t.v != v && !stated && !s.granted(t.v, s.choices(t)) {
			return false
		}
	}
	return true
}

// collect returns the members as terms, the one that came to hold last first
// and the runner-up second, and empties them.
func (s *solver) collect() []term {
	slices.SortFunc(s.members, func(a, b int32) int { return int(s.vars[b].since - s.vars[a].since) })
	terms := make([]term, len(s.members))
	for i, v := range s.members {
		terms[i] = term{v, s.take(v)}
		copy(s.choices(terms[i]), s.member(v))
		s.vars[v].member = false
	}
	s.members = s.members[:0]
	return terms
}
