package depsolver

import "tournant/internal/chef"

// nogood says that its terms do not all hold: every solution breaks one.
//
// The first two terms are watched: each is listed by its variable. As long as
// neither holds, nothing follows from the nogood.
type nogood struct {
	terms   []term
	used    int // the number of conflicts when it last took part in one
	dropped bool
	locked  bool // scratch for forget
}

// term holds when the domain of v is within set.
type term struct {
	v   int32
	set set
}

func (s *solver) holds(t term) bool { return s.vars[t.v].dom.within(t.set) }

// watch lists n by the variables of its first two terms.
func (s *solver) watch(n *nogood) {
	for _, t := range n.terms[:min(2, len(n.terms))] {
		x := &s.vars[t.v]
		x.watches = append(x.watches, n)
	}
}

// propagate draws all conclusions from the trail. It returns the nogood that
// is violated, if one is.
func (s *solver) propagate() *nogood {
	for {
		for ; s.stale < len(s.late); s.stale++ {
			if n := s.late[s.stale].nogood; !s.examine(n) {
				return n
			}
		}
		if s.level() == 0 {
			s.late, s.stale = s.late[:0], 0 // what follows at level 0 stays
		}
		if s.head == len(s.trail) {
			return nil
		}
		v := s.trail[s.head].v
		s.head++
		if x := &s.vars[v]; !x.opened && !x.dom.has(absent) {
			s.open(v)
		}
		if n := s.notify(v); n != nil {
			return n
		}
	}
}

// examine draws the conclusion from a nogood of two terms, and reports whether
// it is kept.
func (s *solver) examine(n *nogood) bool {
	a, b := n.terms[0], n.terms[1]
	if !s.holds(a) {
		a, b = b, a
	}
	return !s.holds(a) || s.enforce(b, n)
}

// enforce makes a term fail whose nogood's other terms all hold, and reports
// whether it can.
func (s *solver) enforce(t term, reason *nogood) bool {
	dom := s.vars[t.v].dom
	if dom.within(t.set) {
		return false
	}
	if !dom.disjoint(t.set) {
		s.exclude(t.v, t.set, reason)
	}
	return true
}

// notify looks at the nogoods that watch v, whose domain has shrunk. It returns
// the one that is violated, if one is.
func (s *solver) notify(v int32) *nogood {
	watches := s.vars[v].watches
	kept := 0
	for i, n := range watches {
		stays, ok := s.inspect(n, v)
		if stays {
			watches[kept] = n
			kept++
		}
		if !ok {
			kept += copy(watches[kept:], watches[i+1:])
			s.vars[v].watches = watches[:kept]
			return n
		}
	}
	clear(watches[kept:])
	s.vars[v].watches = watches[:kept]
	return nil
}

// inspect reports whether v stays a watch of n, and whether n is kept.
func (s *solver) inspect(n *nogood, v int32) (stays, ok bool) {
	if n.dropped {
		return false, true
	}
	t := n.terms
	if t[0].v != v {
		t[0], t[1] = t[1], t[0]
	}
	if !s.holds(t[0]) || s.vars[t[1].v].dom.disjoint(t[1].set) {
		return true, true
	}
	for i := 2; i < len(t); i++ {
		if !s.holds(t[i]) {
			t[0], t[i] = t[i], t[0]
			x := &s.vars[t[0].v]
			x.watches = append(x.watches, n)
			return false, true
		}
	}
	return true, s.enforce(t[1], n)
}

// open adds the dependencies of v, now that it is needed, to the nogoods. They
// are examined by propagate.
func (s *solver) open(v int32) {
	s.vars[v].opened = true
	b := s.vars[v].book
	if b == nil {
		return
	}
	for i := range b.targets {
		t := &b.targets[i]
		lenience := s.problem.leniency[t.name]
		if lenience == optional {
			continue
		}
		to := s.variable(t.name)
		if lenience == anyChoice && s.vars[to].book == nil {
			continue
		}
		s.link(v, to, t.demands, lenience)
	}
}

// wideLimit bounds the square in link. Who pins another version in each of
// hundreds of releases has nothing to join.
const wideLimit = 32

// link adds the nogoods for what the versions of v want of to. Demands that are
// at least as strict join in the weaker one's nogood, since who asks for
// >= 2.0 asks for >= 1.0 too: fewer and wider nogoods are learned from them.
func (s *solver) link(v, to int32, demands []demand, lenience leniency) {
	links := make([]term, len(demands))
	for i, d := range demands {
		c := d.constraint
		if lenience == anyChoice {
			c = chef.Constraint{}
		}
		links[i] = term{to, s.excluded(to, c)}
	}
	possible := s.possible(v)
	for i, l := range links {
		askers := set(s.words.take(len(demands[i].versions)))
		askers.unite(demands[i].versions)
		if len(links) <= wideLimit && s.widen(askers, i, links, demands) {
			continue
		}
		if !askers.disjoint(possible) {
			s.addLink(term{v, askers}, l)
		}
	}
}

// possible is the domain of v at level 0.
func (s *solver) possible(v int32) set {
	dom := s.vars[v].dom
	for i := s.vars[v].last; i >= 0 && s.trail[i].level > 0; i = s.trail[i].prev {
		dom = s.trail[i].old
	}
	return dom
}

// widen adds to askers those who exclude at least what links[i] does, and
// reports whether an earlier link is the same.
func (s *solver) widen(askers set, i int, links []term, demands []demand) bool {
	for j, other := range links {
		if !links[i].set.within(other.set) {
			continue
		}
		if j < i && other.set.within(links[i].set) {
			return true
		}
		askers.unite(demands[j].versions)
	}
	return false
}

func (s *solver) addLink(from, to term) {
	n := &s.nogoods.take(1)[0]
	n.terms = s.terms.take(2)
	n.terms[0], n.terms[1] = from, to
	s.watch(n)
	s.late = append(s.late, lateNogood{n, s.level()})
}
