package depsolver

import "tournant/internal/chef"

// Solution is the cookbooks to use in order of discovery: the run list's first,
// each once, then what they depend on, breadth first.
type Solution []Choice

// Choice is a cookbook of a Solution.
type Choice struct {
	Name    string
	Version chef.Version
}

// optimum finds the best solution. It reports false when there is none.
//
// It decides the cookbooks in order of discovery, for each the newest version
// left. A newer one is left no more only when no solution has it together with
// the earlier decisions, so that the first solution reached is the best one.
//
// Few problems have more than some conflicts on the way. For those that have,
// the order of discovery is a bad one to search in. Then each decision is
// confirmed by a search in whatever order is best, unless the witness, the
// latest solution found, confirms it already.
func (s *solver) optimum() (bool, error) {
	for lookAhead := false; !s.impossible; {
		if err := s.step(); err != nil {
			return false, err
		}
		if n := s.propagate(); n != kept {
			if !s.learn(n) {
				return false, nil
			}
			if lookAhead || s.conflicts < s.patience {
				continue
			}
			lookAhead = true
			s.undo(0)
		} else {
			v := s.next()
			if v < 0 {
				return true, nil
			}
			choice := s.dom(v).first()
			s.decide(v, choice)
			if !lookAhead || s.attests(v, choice) {
				continue
			}
		}
		if found, err := s.search(); !found {
			return false, err
		}
	}
	return false, nil
}

// feasible reports whether there is a solution at all.
func (s *solver) feasible() (bool, error) {
	if s.impossible {
		return false, nil
	}
	return s.search()
}

// next is the first variable in the order of discovery that is not decided; -1
// when all are. It extends the order by what the decided ones depend on.
func (s *solver) next() int32 {
	if len(s.order) == 0 {
		for _, v := range s.wanted {
			s.discover(v)
		}
	}
	for ; s.visited < len(s.order); s.visited++ {
		v := s.order[s.visited]
		dom := s.dom(v)
		if !dom.single() {
			return v
		}
		for _, d := range s.vars[v].book.dependencies(dom.first()) {
			s.discover(s.variable(d.Name))
		}
	}
	return -1
}

func (s *solver) discover(v int32) {
	if x := &s.vars[v]; !x.known {
		x.known = true
		s.order = append(s.order, v)
	}
}

func (s *solver) solution() Solution {
	all := make(Solution, len(s.order))
	for i, v := range s.order {
		x := &s.vars[v]
		all[i] = Choice{x.name, x.book.versions[s.dom(v).first()-1].Version}
	}
	return all
}
