package depsolver

// kept in place of the nogood that is violated.
const kept = -1

// propagate draws all conclusions from the trail. It returns the nogood that
// is violated, or kept.
func (s *solver) propagate() int32 {
	for {
		for last := len(s.fresh) - 1; last >= 0; last = len(s.fresh) - 1 {
			n := s.fresh[last]
			s.fresh = s.fresh[:last]
			if !s.examine(n) {
				return n
			}
		}
		if s.head == len(s.trail) {
			return kept
		}
		v := s.trail[s.head].v
		s.head++
		if !s.vars[v].opened && !s.dom(v).has(absent) {
			s.open(v)
		}
		if n := s.notify(v); n != kept {
			return n
		}
	}
}

// examine draws the conclusion from a nogood of two terms, and reports whether
// it is kept.
func (s *solver) examine(n int32) bool {
	t := s.termsOf(n)
	a, b := t[0], t[1]
	if !s.holds(a) {
		a, b = b, a
	}
	return !s.holds(a) || s.enforce(b, n)
}

// enforce makes a term fail whose nogood's other terms all hold, and reports
// whether it can.
func (s *solver) enforce(t term, reason int32) bool {
	if s.holds(t) {
		return false
	}
	if !s.dom(t.v).disjoint(s.choices(t)) {
		s.exclude(t, reason)
	}
	return true
}

// notify looks at the nogoods that watch v, whose domain has shrunk. It returns
// the one that is violated, or kept.
func (s *solver) notify(v int32) int32 {
	dom := s.dom(v) // stays as it is, even when sets move: only others shrink
	watches := s.vars[v].watches
	violated := int32(kept)
	n := 0
	for i, w := range watches {
		if dom.within(s.set(v, w.own)) && !s.dom(w.other.v).disjoint(s.choices(w.other)) {
			if s.rewatch(&w, v) {
				continue
			}
			if !s.enforce(w.other, w.nogood) {
				violated = w.nogood
				n += copy(watches[n:], watches[i:])
				break
			}
		}
		watches[n] = w
		n++
	}
	s.vars[v].watches = watches[:n]
	return violated
}

// rewatch moves a watch from v, whose term holds, to a term that does not, and
// reports whether it found one; w.other is then the term left over. A dropped
// nogood is watched by nobody.
func (s *solver) rewatch(w *watch, v int32) bool {
	if s.nogoods[w.nogood].dropped {
		return true
	}
	t := s.termsOf(w.nogood)
	if t[0].v != v {
		t[0], t[1] = t[1], t[0]
	}
	for i := 2; i < len(t); i++ {
		if !s.holds(t[i]) {
			t[0], t[i] = t[i], t[0]
			s.watch(t[0].v, watch{w.nogood, t[0].set, t[1]})
			return true
		}
	}
	w.other = t[1]
	return false
}
