package depsolver

import (
	"cmp"
	"errors"
	"math/bits"
	"slices"
)

var (
	errTime      = errors.New("the time for solving is over")
	errConflicts = errors.New("the conflicts for solving are used up")
)

// stepsPerCheck is how many decisions and conflicts there are between looks at
// the clock.
const stepsPerCheck = 256

// tuning affects how long a search takes, not what it finds.
type tuning struct {
	patience    int // conflicts before optimum looks ahead
	restartUnit int // conflicts before the first restart
	keep        int // learned nogoods before any is forgotten
}

// usual is measured on random problems at the border of solvability.
func usual() tuning { return tuning{patience: 30, restartUnit: 64, keep: 300} }

// search looks for a solution that keeps the decisions taken so far, choosing
// variables by their part in recent conflicts. It reports false when the problem
// has none at all.
//
// A solution becomes the witness. When there is none under these decisions, some
// of them are undone, and the earlier witness agrees with the rest.
func (s *solver) search() (bool, error) {
	base := s.level()
	for run := 1; ; run++ {
		for budget := s.restartUnit * luby(run); budget > 0; {
			if err := s.step(); err != nil {
				return false, err
			}
			if n := s.propagate(); n != kept {
				budget--
				if !s.learn(n) {
					return false, nil
				}
				if s.level() < base {
					return true, nil
				}
				continue
			}
			v := s.busiest()
			if v < 0 {
				s.testify()
				s.undo(base)
				return true, nil
			}
			s.decide(v, s.preferred(v, run))
		}
		s.undo(base)
		s.forget()
	}
}

// step counts, and fails when it is time to give up.
func (s *solver) step() error {
	s.steps++
	if s.conflictLimit > 0 && s.conflicts > s.conflictLimit {
		return errConflicts
	}
	if s.steps%stepsPerCheck == 1 && s.ctx.Err() != nil {
		return errTime
	}
	return nil
}

// busiest is the needed but undecided variable with the greatest activity, of
// equals the one met first; -1 when all that is needed is decided.
func (s *solver) busiest() int32 {
	best := int32(-1)
	for v := range s.vars {
		x := &s.vars[v]
		if dom := s.dom(int32(v)); dom.has(absent) || dom.single() {
			continue
		}
		if best < 0 || x.activity > s.vars[best].activity {
			best = int32(v)
		}
	}
	return best
}

// preferred is the newest version left; after a restart the last one tried, to
// return to where the search was.
func (s *solver) preferred(v int32, run int) int {
	dom, last := s.dom(v), int(s.vars[v].phase)
	if run > 1 && last != absent && dom.has(last) {
		return last
	}
	return dom.first()
}

// testify notes the choices made, which are a solution: cookbooks that nothing
// needs are left out.
func (s *solver) testify() {
	s.witness = s.witness[:0]
	for v := range s.vars {
		s.witness = append(s.witness, s.dom(int32(v)).first())
	}
}

// attests reports whether the witness makes that choice.
func (s *solver) attests(v int32, choice int) bool {
	return int(v) < len(s.witness) && s.witness[v] == choice
}

// forget drops the half of the learned nogoods that was not used for longest,
// except the short, once there are many. They are no longer watched, but go on
// explaining the trail.
func (s *solver) forget() {
	if len(s.learned) < s.keep+s.conflicts/10 {
		return
	}
	slices.SortFunc(s.learned, func(a, b int32) int {
		return cmp.Or(cmp.Compare(s.nogoods[b].used, s.nogoods[a].used), cmp.Compare(a, b))
	})
	old := s.learned[len(s.learned)/2:]
	s.learned = s.learned[:len(s.learned)/2]
	for _, n := range old {
		if s.nogoods[n].size <= 2 {
			s.learned = append(s.learned, n)
		} else {
			s.nogoods[n].dropped = true
		}
	}
}

// luby is the i-th number, from 1, of 1 1 2 1 1 2 4 1 1 2 1 1 2 4 8 …, by which
// restarts are spaced.
func luby(i int) int {
	for {
		n := bits.Len(uint(i))
		if i == 1<<n-1 {
			return 1 << (n - 1)
		}
		i -= 1<<(n-1) - 1
	}
}
