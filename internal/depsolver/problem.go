package depsolver

import "tournant/internal/chef"

// Root asks for a cookbook of the run list; a nil Constraint takes any version.
type Root = chef.Requirement

// problem is what one call of Solve works on. env constrains cookbooks by name.
type problem struct {
	universe *Universe
	env      map[string]chef.Constraint
	roots    []Root

	// leniency is how much of what is asked of a cookbook to overlook. It is
	// empty except when looking for whom to blame.
	leniency map[string]leniency
}

// leniency is how far the constraints on one cookbook are overlooked.
type leniency int8

const (
	strict    leniency = iota
	anyChoice          // it may have another version than was asked for
	optional           // it may even be missing
)

// allowed are the choices for b that the environment leaves, absent not among
// them.
func (p *problem) allowed(b *book) set {
	all := make(set, setWords(len(b.versions)))
	b.matching(p.env[b.name], all) // without an entry, the zero Constraint
	return all
}
