package depsolver

// decide picks a choice for v, which opens a new level.
func (s *solver) decide(v int32, choice int) {
	s.levels = append(s.levels, level{len(s.trail), len(s.order), s.visited})
	r := s.room(v)
	next := s.set(v, r)
	clear(next)
	next.add(choice)
	s.vars[v].phase = int32(choice)
	s.push(v, r, decision)
}

// exclude removes choices from the domain of v, of which some must remain.
func (s *solver) exclude(t term, reason int32) {
	r := s.room(t.v)
	s.set(t.v, r).subtract(s.dom(t.v), s.choices(t))
	s.push(t.v, r, reason)
}

// room returns a set, of any content, for a domain of v.
func (s *solver) room(v int32) ref {
	x := &s.vars[v]
	if n := len(x.spare); n > 0 {
		r := x.spare[n-1]
		x.spare = x.spare[:n-1]
		return r
	}
	return s.take(v)
}

func (s *solver) push(v int32, next ref, reason int32) {
	x := &s.vars[v]
	s.trail = append(s.trail, entry{v, x.last, int32(s.level()), reason, x.dom, next})
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
}

// heldSince is the trail entry from which the domain of v was within choices,
// as it is now, or -1 if it always was.
func (s *solver) heldSince(v int32, choices set) int32 {
	i := s.vars[v].last
	for i >= 0 && s.set(v, s.trail[i].old).within(choices) {
		i = s.trail[i].prev
	}
	return i
}

// granted reports whether the domain of v, which is within choices, was so
// before anything was decided.
func (s *solver) granted(v int32, choices set) bool {
	since := s.heldSince(v, choices)
	return since < 0 || s.trail[since].level == 0
}

// possible is the domain of v at level 0.
func (s *solver) possible(v int32) set {
	dom := s.vars[v].dom
	for i := s.vars[v].last; i >= 0 && s.trail[i].level > 0; i = s.trail[i].prev {
		dom = s.trail[i].old
	}
	return s.set(v, dom)
}
