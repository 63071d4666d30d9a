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
// left, and has search confirm the decision unless the witness already does.
// So at all times some solution agrees with the decisions, and whatever better
// version is no longer left was excluded because no solution has it.
func (s *solver) optimum() (bool, error) {
	if found, err := s.feasible(); !found {
		return false, err
	}
	for {
		if n := s.propagate(); n != nil {
			if !s.learn(n) {
				return false, nil
			}
			continue
		}
		v := s.next()
		if v < 0 {
			return true, nil
		}
		choice := s.vars[v].dom.first()
		s.decide(v, choice)
		if s.attests(v, choice) {
			continue
		}
		if found, err := s.search(); !found {
			return false, err
		}
	}
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
		x := &s.vars[v]
		if !x.dom.single() {
			return v
		}
		for _, d := range x.book.dependencies(x.dom.first()) {
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
		all[i] = Choice{x.name, x.book.versions[x.dom.first()-1].Version}
	}
	return all
}
