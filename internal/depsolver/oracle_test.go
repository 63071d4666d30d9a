package depsolver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tournant/internal/chef"
)

// instance is a small problem, kept apart from everything the solver makes of
// it, and small enough to try all choices.
type instance struct {
	books []Cookbook // versions newest first
	env   map[string]chef.Constraint
	roots []Root
}

func (in *instance) solve() (Solution, error) {
	return Solve(context.Background(), NewUniverse(in.books), in.env, in.roots)
}

// solveAhead solves with a look ahead at every decision, with a restart and an
// attempt to forget after every conflict, and with activities near their limit.
func (in *instance) solveAhead(t *rapid.T) Solution {
	p := &problem{universe: NewUniverse(in.books), env: in.env, roots: in.roots}
	s := p.solver(context.Background())
	s.patience, s.restartUnit, s.keep, s.bump = 0, 1, 0, 1e100
	found, err := s.optimum()
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		return nil
	}
	return s.solution()
}

// best is the optimum by definition: of all valid choices the first in the order
// of DESIGN.md; nil when there is none.
func (in *instance) best() Solution {
	if len(in.roots) == 0 {
		return Solution{}
	}
	var best Solution
	var ranks []int
	in.each(func(chosen map[string]int) {
		order, rank := in.discover(chosen)
		if len(order) < len(chosen) || best != nil && slices.Compare(rank, ranks) >= 0 {
			return // something nobody needs, or no better
		}
		best, ranks = order, rank
	})
	return best
}

// each calls f with every valid choice: the chosen version's index by name.
func (in *instance) each(f func(map[string]int)) {
	chosen := make(map[string]int)
	var choose func(i int)
	choose = func(i int) {
		if i == len(in.books) {
			if in.valid(chosen) {
				f(chosen)
			}
			return
		}
		name := in.books[i].Name
		choose(i + 1)
		for v := range in.books[i].Versions {
			chosen[name] = v
			choose(i + 1)
		}
		delete(chosen, name)
	}
	choose(0)
}

func (in *instance) valid(chosen map[string]int) bool {
	for _, r := range in.roots {
		c := chef.Constraint{}
		if r.Constraint != nil {
			c = *r.Constraint
		}
		if !in.satisfied(chosen, Dependency{r.Name, c}) {
			return false
		}
	}
	for _, b := range in.books {
		v, ok := chosen[b.Name]
		if !ok {
			continue
		}
		if limit, limited := in.env[b.Name]; limited && !limit.Match(b.Versions[v].Version) {
			return false
		}
		unsatisfied := func(d Dependency) bool { return !in.satisfied(chosen, d) }
		if slices.ContainsFunc(b.Versions[v].Dependencies, unsatisfied) {
			return false
		}
	}
	return true
}

func (in *instance) satisfied(chosen map[string]int, d Dependency) bool {
	v, ok := chosen[d.Name]
	return ok && d.Constraint.Match(in.book(d.Name).Versions[v].Version)
}

func (in *instance) book(name string) *Cookbook {
	i := slices.IndexFunc(in.books, func(b Cookbook) bool { return b.Name == name })
	return &in.books[i]
}

// discover lists what is chosen in order of discovery, with each version's rank.
func (in *instance) discover(chosen map[string]int) (order Solution, ranks []int) {
	seen := make(map[string]bool)
	add := func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		order = append(order, Choice{name, in.book(name).Versions[chosen[name]].Version})
		ranks = append(ranks, chosen[name])
	}
	for _, r := range in.roots {
		add(r.Name)
	}
	for i := 0; i < len(order); i++ { //nolint:intrange // order grows on the way
		name := order[i].Name
		for _, d := range in.book(name).Versions[chosen[name]].Dependencies {
			add(d.Name)
		}
	}
	return order, ranks
}

// instances draws problems that are neither trivially solvable nor trivially
// not, of which some names do not exist.
func instances(t *rapid.T) *instance {
	in := &instance{env: make(map[string]chef.Constraint)}
	books := rapid.IntRange(1, 5).Draw(t, "cookbooks")
	name := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("c%d", rapid.IntRange(0, books-1).Draw(t, "name"))
	})
	wished := rapid.OneOf(name, name, name, name, name, rapid.Just("nosuch"))
	constraint := rapid.Custom(func(t *rapid.T) chef.Constraint {
		op := rapid.SampledFrom([]string{">=", ">", "<", "<=", "=", "~>"}).Draw(t, "op")
		version := rapid.SampledFrom([]string{"0.0.0", "1.0.0", "1.1", "2.0", "2.1.0", "3.0"}).Draw(t, "version")
		c, err := chef.ParseConstraint(op + " " + version)
		if err != nil {
			t.Fatal(err)
		}
		return c
	})
	dependency := rapid.Custom(func(t *rapid.T) Dependency {
		return Dependency{wished.Draw(t, "on"), constraint.Draw(t, "constraint")}
	})
	all := []chef.Version{{Major: 3}, {Major: 2, Minor: 1}, {Major: 2}, {Major: 1, Minor: 1}, {Major: 1}}
	for i := range books {
		b := Cookbook{Name: fmt.Sprintf("c%d", i)}
		for _, v := range all {
			if rapid.IntRange(0, 2).Draw(t, "has") > 0 {
				b.Versions = append(b.Versions, CookbookVersion{v, rapid.SliceOfN(dependency, 0, 3).Draw(t, "dependencies")})
			}
		}
		in.books = append(in.books, b)
	}
	for range rapid.IntRange(0, 2).Draw(t, "limits") {
		in.env[name.Draw(t, "limited")] = constraint.Draw(t, "limit")
	}
	for range rapid.IntRange(0, 3).Draw(t, "roots") {
		r := Root{Name: name.Draw(t, "root")}
		if rapid.Bool().Draw(t, "versioned") {
			c := constraint.Draw(t, "root constraint")
			r.Constraint = &c
		}
		in.roots = append(in.roots, r)
	}
	return in
}

func TestSolveFindsTheOptimum(t *testing.T) { rapid.Check(t, findsTheOptimum) }

func FuzzSolve(f *testing.F) { f.Fuzz(rapid.MakeFuzz(findsTheOptimum)) }

func findsTheOptimum(t *rapid.T) {
	in := instances(t)
	got, err := in.solve()
	want := in.best()
	if want == nil {
		if chef.CodeOf(err) != chef.Unsolvable {
			t.Fatalf("got %s, %v; there is no solution", printed(got), err)
		}
		checkBlame(t, in, err)
		return
	}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("got %s, %v\nwant %s", printed(got), err, printed(want))
	}
	if got := in.solveAhead(t); !slices.Equal(got, want) {
		t.Fatalf("looking ahead, got %s\nwant %s", printed(got), printed(want))
	}
}

// checkBlame holds an explanation to what it claims: the items before the one
// blamed have a solution, together with it they have none, and something is
// blamed.
func checkBlame(t *rapid.T, in *instance, err error) {
	var e *chef.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no chef.Error", err)
	}
	body, ok := e.Detail.(NoSolution)
	if !ok {
		return
	}
	if len(body.NonExistent)+len(body.MostConstrained) == 0 {
		t.Fatal("nobody is blamed")
	}
	if got := in.solveAhead(t); got != nil {
		t.Fatalf("looking ahead, got %s", printed(got))
	}
	part := *in
	for i := range in.roots {
		part.roots = in.roots[:i+1]
		if part.best() != nil {
			continue
		}
		if got := rootItem(in.roots[i]); got != body.Item {
			t.Fatalf("%s is blamed, not %s", body.Item, got)
		}
		return
	}
	t.Fatal("there is a solution")
}

// TestSolveIgnoresHistory: what a universe was before, and in which order it
// came to be, leaves no trace in an answer.
func TestSolveIgnoresHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := instances(t)
		u := NewUniverse(instances(t).books)
		for _, b := range rapid.Permutation(in.books).Draw(t, "order") {
			shuffled := rapid.Permutation(b.Versions).Draw(t, "versions")
			u = u.With(Cookbook{b.Name, shuffled})
		}
		for _, name := range []string{"c0", "c1", "c2", "c3", "c4"} {
			if !slices.ContainsFunc(in.books, func(b Cookbook) bool { return b.Name == name }) {
				u = u.Without(name)
			}
		}
		got, gotErr := Solve(context.Background(), u, in.env, in.roots)
		want, wantErr := in.solve()
		if !slices.Equal(got, want) || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
			t.Fatalf("got %s, %v\nwant %s, %v", printed(got), gotErr, printed(want), wantErr)
		}
	})
}
