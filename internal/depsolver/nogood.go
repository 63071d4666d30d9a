package depsolver

// nogood says that its terms do not all hold: every solution breaks one.
//
// The first two terms are watched: each is listed by its variable. As long as
// neither holds, nothing follows from the nogood.
type nogood struct {
	first, size int32 // its terms in solver.terms
	used        int32 // the number of conflicts when it last took part in one
	dropped     bool
}

// term holds when the domain of v is within set.
type term struct {
	v   int32
	set ref
}

// watch is a nogood in the list of a variable. It repeats what is looked at
// most, so that most visits need nothing else.
type watch struct {
	nogood int32
	own    ref  // of the term on the variable
	other  term // one that, when it fails, makes all others irrelevant
}

// choices is the set of t, until the next take.
func (s *solver) choices(t term) set { return s.set(t.v, t.set) }

func (s *solver) holds(t term) bool { return s.dom(t.v).within(s.choices(t)) }

// termsOf are the terms of a nogood, until the next is added.
func (s *solver) termsOf(n int32) []term {
	g := &s.nogoods[n]
	return s.terms[g.first:][:g.size]
}

// add makes a nogood of terms and lists it by the first two, if it has two.
func (s *solver) add(terms ...term) int32 {
	n := int32(len(s.nogoods))
	s.nogoods = append(s.nogoods, nogood{first: int32(len(s.terms)), size: int32(len(terms)), used: int32(s.conflicts)})
	s.terms = append(s.terms, terms...)
	if len(terms) > 1 {
		a, b := terms[0], terms[1]
		s.watch(a.v, watch{n, a.set, b})
		s.watch(b.v, watch{n, b.set, a})
	}
	return n
}

func (s *solver) watch(v int32, w watch) {
	x := &s.vars[v]
	if x.watches == nil {
		x.watches = make([]watch, 0, 16)
	}
	x.watches = append(x.watches, w)
}
