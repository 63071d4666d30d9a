package sim

// Shrink takes from a failing schedule what it fails without: faults first, then
// time. The invariant that fails in the end may be another.
func Shrink(s Schedule) Schedule {
	w := NewWorld(nil)
	fails := func(t Schedule) bool {
		t.struck = make([]int8, len(t.Faults))
		return w.Run(t) != nil
	}
	for again := true; again; {
		again = false
		for i := range s.Faults {
			if t := s.without(i); fails(t) {
				s, again = t, true
				break
			}
		}
	}
	for i := range s.Faults {
		for range 6 {
			t := s.without(len(s.Faults))
			if t.Faults[i].For /= 2; t.Faults[i].For == 0 || !fails(t) {
				break
			}
			s = t
		}
	}
	return s
}

// without is a copy that lacks a fault.
func (s Schedule) without(i int) Schedule {
	kept := make([]Fault, 0, len(s.Faults))
	for j, f := range s.Faults {
		if j != i {
			kept = append(kept, f)
		}
	}
	s.Faults, s.struck = kept, make([]int8, len(kept))
	return s
}
