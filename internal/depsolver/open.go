package depsolver

import "tournant/internal/chef"

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
	links := make([]ref, len(demands))
	for i, d := range demands {
		c := d.constraint
		if lenience == anyChoice {
			c = chef.Constraint{}
		}
		links[i] = s.excluded(to, c)
	}
	for i, excluded := range links {
		r := s.take(v)
		askers := s.set(v, r)
		askers.unite(demands[i].versions)
		if len(links) <= wideLimit && s.widen(askers, i, to, links, demands) {
			continue
		}
		if !askers.disjoint(s.possible(v)) {
			s.fresh = append(s.fresh, s.add(term{v, r}, term{to, excluded}))
		}
	}
}

// widen adds to askers those who exclude at least what links[i] does, and
// reports whether an earlier link is the same.
func (s *solver) widen(askers set, i int, to int32, links []ref, demands []demand) bool {
	own := s.set(to, links[i])
	for j, link := range links {
		other := s.set(to, link)
		if !own.within(other) {
			continue
		}
		if j < i && other.within(own) {
			return true
		}
		askers.unite(demands[j].versions)
	}
	return false
}
