package depsolver

import (
	"slices"
	"strings"

	"tournant/internal/chef"
)

// The paths from a run list to a cookbook can be exponentially many, so the
// message shows the first maxPaths of those found in maxSteps.
const (
	maxPaths = 100
	maxSteps = 100_000
)

// path is how a run list may come to constrain a cookbook: through versions of
// others to a wish for it.
type path struct {
	steps []step
	wish  Dependency
}

// step is one version of a cookbook, or several for which the path is the same.
type step struct {
	book    *book
	choices []int
}

// message is Chef's explanation why a run list item cannot be satisfied.
func (p *problem) message(blamed, item string) string {
	var m strings.Builder
	m.WriteString("Unable to satisfy constraints on package " + blamed)
	if len(p.choices(p.universe.books[blamed])) == 0 {
		m.WriteString(", which does not exist,")
	}
	m.WriteString(" due to solution constraint " + item + ". ")
	m.WriteString("Solution constraints that may result in a constraint on " + blamed + ": ")
	for i, way := range collapse(p.paths(blamed)) {
		if i > 0 {
			m.WriteString(", ")
		}
		m.WriteString(way.String())
	}
	return m.String()
}

func (w path) String() string {
	var parts []string
	for _, s := range w.steps {
		versions := make([]chef.Version, len(s.choices))
		for i, choice := range s.choices {
			versions[i] = s.book.versions[choice-1].Version
		}
		parts = append(parts, pick(s.book.name, versions...))
	}
	parts = append(parts, item(w.wish.Name, w.wish.Constraint))
	return "[" + strings.Join(parts, " -> ") + "]"
}

// list prints dependencies.
func list(deps []Dependency) string {
	parts := make([]string, len(deps))
	for i, d := range deps {
		parts[i] = item(d.Name, d.Constraint)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// collapse joins neighbours that differ in the version of one step.
func collapse(ways []path) []path {
	var out []path
	for _, w := range ways {
		if len(out) == 0 || !out[len(out)-1].join(w) {
			out = append(out, w)
		}
	}
	return out
}

// join adds o, if it differs from w in the version of one step only, to w.
func (w *path) join(o path) bool {
	if len(w.steps) != len(o.steps) || w.wish != o.wish {
		return false
	}
	differs := -1
	for i := range w.steps {
		a, b := w.steps[i], o.steps[i]
		switch {
		case a.book != b.book:
			return false
		case slices.Equal(a.choices, b.choices):
		case differs >= 0:
			return false
		default:
			differs = i
		}
	}
	if differs < 0 {
		return false
	}
	same := &w.steps[differs]
	same.choices = append(same.choices, o.steps[differs].choices...)
	return true
}
