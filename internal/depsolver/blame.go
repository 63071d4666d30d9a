package depsolver

import (
	"context"
	"sort"
)

// explain says why p, which has no solution, has none; it returns errTime when
// ctx ends first.
//
// The root to blame is the first with which those before it cannot be
// satisfied. The cookbooks to blame are a smallest group that would have to be
// exempt from what is asked of them for a solution to exist.
func (p *problem) explain(ctx context.Context) error {
	last, err := p.firstImpossible(ctx)
	if err != nil {
		return err
	}
	t := &trials{problem: *p, budget: blameConflicts}
	t.problem.roots = p.roots[:last+1]
	culprits, err := t.culprits(ctx, p.survey())
	if err != nil {
		return err
	}
	return p.noSolution(p.roots[last], culprits)
}

// firstImpossible finds by bisection the root that makes p impossible.
func (p *problem) firstImpossible(ctx context.Context) (int, error) {
	var failed error
	last := len(p.roots) - 1 // known to be impossible without a search
	i := sort.Search(last, func(i int) bool {
		if failed != nil {
			return true
		}
		part := &problem{universe: p.universe, env: p.env, roots: p.roots[:i+1]}
		found, err := part.solver(ctx).feasible()
		failed = err
		return !found
	})
	return i, failed
}

// noSolution describes the culprits as Chef does: its message is about one of
// them, preferably one that does not exist.
func (p *problem) noSolution(last Root, culprits []string) error {
	body := NoSolution{Item: rootItem(last), NonExistent: []string{}, MostConstrained: []string{}}
	blamed := culprits[0]
	for _, name := range culprits {
		b := p.universe.books[name]
		if b != nil {
			body.MostConstrained = append(body.MostConstrained, p.describe(b))
			continue
		}
		if len(body.NonExistent) == 0 {
			blamed = name
		}
		body.NonExistent = append(body.NonExistent, name)
	}
	body.Message = p.message(blamed, body.Item)
	return unsolvable(body.Message, body)
}

// describe prints the oldest allowed version of a cookbook and its
// dependencies. When the environment allows none, nothing follows the sign.
func (p *problem) describe(b *book) string {
	text := b.name + " = "
	versions := p.choices(b)
	if len(versions) == 0 {
		return text
	}
	oldest := b.versions[versions[0]-1]
	return text + oldest.Version.String() + " -> " + list(oldest.Dependencies)
}

// choices are the versions of b that the environment allows, oldest first: the
// order in which Chef goes through them.
func (p *problem) choices(b *book) []int {
	if b == nil {
		return nil
	}
	var all []int
	allowed := p.allowed(b)
	for choice := len(b.versions); choice > absent; choice-- {
		if allowed.has(choice) {
			all = append(all, choice)
		}
	}
	return all
}
