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

const (
	stepsPerCheck = 256  // decisions and conflicts between looks at the clock
	restartUnit   = 64   // conflicts before the first restart
	keptAtFirst   = 2000 // learned nogoods before any is forgotten
)

// search looks for a solution that keeps the decisions taken so far, choosing
// variables by their part in recent conflicts. It reports false when the problem
// has none at all.
//
// A solution becomes the witness. When there is none under these decisions, some
// of them are undone, and the earlier witness agrees with the rest.
func (s *solver) search() (bool, error) {
	base := s.level()
	for run := 1; ; run++ {
		for budget := restartUnit * luby(run); budget > 0; {
			if err := s.step(); err != nil {
				return false, err
			}
			if n := s.propagate(); n != nil {
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
		if x.dom.has(absent) || x.dom.single() {
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
	x := &s.vars[v]
	if run > 1 && x.phase != absent && x.dom.has(x.phase) {
		return x.phase
	}
	return x.dom.first()
}

// testify notes the choices made, which are a solution: cookbooks that nothing
// needs are left out.
func (s *solver) testify() {
	s.witness = s.witness[:0]
	for v := range s.vars {
		s.witness = append(s.witness, s.vars[v].dom.first())
	}
}

// attests reports whether the witness makes that choice.
func (s *solver) attests(v int32, choice int) bool {
	return int(v) < len(s.witness) && s.witness[v] == choice
}

// forget drops the half of the learned nogoods that was not used for longest,
// once there are many. Those that explain the trail stay.
func (s *solver) forget() {
	if len(s.learned) < keptAtFirst+s.conflicts/10 {
		return
	}
	for i := range s.trail {
		if n := s.trail[i].reason; n != nil {
			n.locked = true
		}
	}
	slices.SortStableFunc(s.learned, func(a, b *nogood) int { return cmp.Compare(b.used, a.used) })
	kept := s.learned[:len(s.learned)/2]
	for _, n := range s.learned[len(kept):] {
		if n.dropped = !n.locked && len(n.terms) > 2; !n.dropped {
			kept = append(kept, n)
		}
	}
	clear(s.learned[len(kept):])
	s.learned = kept
	for i := range s.trail {
		if n := s.trail[i].reason; n != nil {
			n.locked = false
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
