package depsolver

import (
	"context"
	"errors"
	"time"

	"tournant/internal/chef"
)

// DefaultTimeout limits a Solve whose context has no deadline, as Chef's
// depsolver_timeout does.
const DefaultTimeout = 2 * time.Second

// Solve returns the best choice of cookbook versions for the roots, which are
// the run list in order, under the constraints of an environment by cookbook
// name. No roots need no cookbooks.
//
// Every error is a chef.Error of code chef.Unsolvable whose Detail is one of
// InvalidItems (a root has no version, whatever the others are), NoSolution and
// OutOfTime (ctx ended first).
func Solve(ctx context.Context, u *Universe, env map[string]chef.Constraint, roots []Root) (Solution, error) {
	p := &problem{universe: u, env: env, roots: roots}
	if err := p.checkRoots(); err != nil {
		return nil, err
	}
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, DefaultTimeout)
		defer cancel()
	}
	s := p.solver(ctx)
	found, err := s.optimum()
	if err == nil && !found {
		err = p.explain(ctx)
	}
	if errors.Is(err, errTime) {
		return nil, outOfTime(context.Cause(ctx))
	}
	if err != nil {
		return nil, err
	}
	return s.solution(), nil
}

// checkRoots looks at each root alone. Unknown names are reported without the
// rest, repeated ones repeatedly, as Chef does.
func (p *problem) checkRoots() error {
	var unknown, unmatched []string
	for _, r := range p.roots {
		b := p.universe.books[r.Name]
		switch {
		case b == nil:
			unknown = append(unknown, r.Name)
		case !p.anyMatch(b, r):
			unmatched = append(unmatched, rootItem(r))
		}
	}
	if len(unknown) > 0 {
		return noSuchCookbooks(unknown)
	}
	if len(unmatched) > 0 {
		return noSuchVersions(unmatched)
	}
	return nil
}

func (p *problem) anyMatch(b *book, r Root) bool {
	versions := p.allowed(b)
	if r.Constraint != nil {
		match := make(set, len(versions))
		b.matching(*r.Constraint, match)
		versions.intersect(match)
	}
	return !versions.empty()
}
