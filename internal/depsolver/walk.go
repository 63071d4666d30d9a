package depsolver

import "slices"

// walk goes through all paths to a cookbook, depth first.
type walk struct {
	problem *problem
	target  string
	leads   map[string]bool // cookbooks from which the target can be reached
	frames  []frame
	found   []path
	steps   int
}

// frame is a cookbook on the way and where in it the walk is.
type frame struct {
	book    *book
	choices []int // versions yet to visit
	choice  int
	deps    []Dependency   // of choice, yet to visit
	seen    [][]Dependency // of earlier choices: the same wishes are not shown twice
}

// paths finds how the run list may come to constrain a cookbook.
func (p *problem) paths(target string) []path {
	w := &walk{problem: p, target: target, leads: p.leadsTo(target)}
	for _, r := range p.roots {
		d := Dependency{Name: r.Name}
		if r.Constraint != nil {
			d.Constraint = *r.Constraint
		}
		w.visit(d)
		for len(w.frames) > 0 && w.steps < maxSteps && len(w.found) < maxPaths {
			w.advance()
		}
		w.frames = w.frames[:0]
	}
	return w.found
}

// advance takes the next dependency of the innermost cookbook, of its next
// version if need be, and leaves it after the last.
func (w *walk) advance() {
	w.steps++
	f := &w.frames[len(w.frames)-1]
	if len(f.deps) > 0 {
		d := f.deps[0]
		f.deps = f.deps[1:]
		if d.Name != f.book.name {
			w.visit(d)
		}
		return
	}
	if len(f.choices) == 0 {
		w.frames = w.frames[:len(w.frames)-1]
		return
	}
	f.choice, f.choices = f.choices[0], f.choices[1:]
	deps := f.book.dependencies(f.choice)
	known := func(other []Dependency) bool { return slices.Equal(deps, other) }
	if !slices.ContainsFunc(f.seen, known) {
		f.seen = append(f.seen, deps)
		f.deps = deps
	}
}

// visit follows a dependency: a path is found, or a cookbook entered that is
// not yet on the way.
func (w *walk) visit(d Dependency) {
	if d.Name == w.target {
		w.found = append(w.found, w.path(d))
		return
	}
	onTheWay := func(f frame) bool { return f.book.name == d.Name }
	if !w.leads[d.Name] || slices.ContainsFunc(w.frames, onTheWay) {
		return
	}
	b := w.problem.universe.books[d.Name]
	var choices []int
	for _, choice := range w.problem.choices(b) {
		if d.Constraint.Match(b.versions[choice-1].Version) {
			choices = append(choices, choice)
		}
	}
	w.frames = append(w.frames, frame{book: b, choices: choices})
}

func (w *walk) path(wish Dependency) path {
	steps := make([]step, len(w.frames))
	for i, f := range w.frames {
		steps[i] = step{f.book, []int{f.choice}}
	}
	return path{steps, wish}
}

// leadsTo are the cookbooks of which some version depends, directly or not, on
// target. It keeps a walk out of dead ends.
func (p *problem) leadsTo(target string) map[string]bool {
	wantedBy := make(map[string][]string)
	for _, name := range p.survey().names {
		if b := p.universe.books[name]; b != nil {
			for _, t := range b.targets {
				wantedBy[t.name] = append(wantedBy[t.name], name)
			}
		}
	}
	leads := make(map[string]bool)
	queue := []string{target}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		for _, by := range wantedBy[name] {
			if !leads[by] {
				leads[by] = true
				queue = append(queue, by)
			}
		}
	}
	return leads
}
