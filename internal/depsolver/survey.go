package depsolver

import "slices"

// survey is what the roots can reach through versions that the environment
// allows, whatever constraints the dependencies have.
type survey struct {
	names    []string        // depth first, older versions first: Chef's order
	suspects map[string]bool // of whom someone asks a version that is not there
}

func (p *problem) survey() *survey {
	found := &survey{suspects: make(map[string]bool)}
	seen := make(map[string]bool)
	var stack []string
	for _, r := range slices.Backward(p.roots) {
		stack = append(stack, r.Name)
	}
	for len(stack) > 0 {
		name := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[name] {
			continue
		}
		seen[name] = true
		found.names = append(found.names, name)
		before := len(stack)
		for _, choice := range p.choices(p.universe.books[name]) {
			for _, d := range p.universe.books[name].dependencies(choice) {
				stack = append(stack, d.Name)
				found.suspects[d.Name] = found.suspects[d.Name] || !p.available(d)
			}
		}
		slices.Reverse(stack[before:])
	}
	return found
}

// available reports whether any allowed version satisfies d.
func (p *problem) available(d Dependency) bool {
	b := p.universe.books[d.Name]
	return b != nil && p.anyMatch(b, Root{Name: d.Name, Constraint: &d.Constraint})
}
