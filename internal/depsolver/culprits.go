package depsolver

import (
	"context"
	"errors"
	"slices"
)

// Looking for whom to blame takes many searches, each about as hard as the
// proof that there is no solution. A trial with more conflicts than
// trialConflicts counts as failed, and so do all once blameConflicts are spent:
// the group to blame may then be larger than needed, but is the same each time.
const (
	trialConflicts = 200
	blameConflicts = 4000
)

// trials looks for the cookbooks to blame.
type trials struct {
	problem problem
	budget  int // conflicts
	exempt  map[string]leniency

	// touched are the cookbooks that the latest failure came across. To exempt
	// one other cannot turn it into a success.
	touched map[string]bool
}

// culprits returns the cookbooks to blame, in the order of the survey.
//
// As in Chef, as few roots as possible are blamed, then as few as possible of
// those that exist in all versions asked for, and then as few as possible of
// the suspects: a wish for a version that is not there explains most.
func (t *trials) culprits(ctx context.Context, found *survey) ([]string, error) {
	var tiers [3][]string
	t.exempt = make(map[string]leniency)
	for _, name := range found.names {
		tier := t.tier(name, found)
		tiers[tier] = append(tiers[tier], name)
		t.exempt[name] = optional
	}
	for _, tier := range tiers {
		if err := t.narrow(ctx, tier); err != nil {
			return nil, err
		}
	}
	var names []string
	for _, name := range found.names {
		if t.exempt[name] != strict {
			names = append(names, name)
		}
	}
	return names, nil
}

func (t *trials) tier(name string, found *survey) int {
	isRoot := func(r Root) bool { return r.Name == name }
	switch {
	case slices.ContainsFunc(t.problem.roots, isRoot):
		return 0
	case !found.suspects[name]:
		return 1
	default:
		return 2
	}
}

// narrow leaves as few of a tier exempt as suffice: none, one, or else what
// remains when all that can be spared are, the last first.
func (t *trials) narrow(ctx context.Context, tier []string) error {
	for _, name := range tier {
		delete(t.exempt, name)
	}
	if ok, err := t.try(ctx); ok || err != nil {
		return err
	}
	untouched := func(name string) bool { return !t.touched[name] }
	involved := slices.DeleteFunc(slices.Clone(tier), untouched)
	if ok, err := t.single(ctx, involved); ok || err != nil {
		return err
	}
	for _, name := range tier {
		t.exempt[name] = optional
	}
	for _, name := range slices.Backward(tier) {
		delete(t.exempt, name)
		ok, err := t.try(ctx)
		if err != nil {
			return err
		}
		if !ok {
			t.exempt[name] = optional
		}
	}
	return nil
}

// single looks for one cookbook of a tier whose exemption suffices. The best is
// the first on which constraints collide, so that any one version of it would
// do; the next best is the first that could be done without.
func (t *trials) single(ctx context.Context, tier []string) (bool, error) {
	for _, how := range []leniency{anyChoice, optional} {
		for _, name := range tier {
			t.exempt[name] = how
			if ok, err := t.try(ctx); ok || err != nil {
				return ok, err
			}
			delete(t.exempt, name)
		}
	}
	return false, nil
}

// try reports whether there is a solution when some cookbooks are exempt.
func (t *trials) try(ctx context.Context) (bool, error) {
	if t.budget <= 0 {
		t.touched = nil
		return false, nil
	}
	t.problem.leniency = t.exempt
	s := t.problem.solver(ctx)
	s.conflictLimit = trialConflicts
	found, err := s.feasible()
	t.budget -= s.conflicts
	if !found {
		t.touched = make(map[string]bool, len(s.vars))
		for i := range s.vars {
			t.touched[s.vars[i].name] = true
		}
	}
	if errors.Is(err, errConflicts) {
		return false, nil
	}
	return found, err
}
