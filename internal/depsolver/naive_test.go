package depsolver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"tournant/internal/chef"
)

// naive finds the optimum by backtracking in the order of discovery: right by
// construction, and slow.
type naive struct {
	books  map[string]Cookbook
	chosen map[string]chef.Version
	steps  int
}

// solve extends what is chosen for order[:done], which wants hold. It gives up
// when out of steps.
func (n *naive) solve(order []string, done int, wants []Dependency) Solution {
	if n.steps--; n.steps < 0 {
		return nil
	}
	if done == len(order) {
		var all Solution
		for _, name := range order {
			all = append(all, Choice{name, n.chosen[name]})
		}
		return all
	}
	name := order[done]
	for _, v := range n.books[name].Versions {
		n.chosen[name] = v.Version
		more := append(wants[:len(wants):len(wants)], v.Dependencies...)
		if !n.consistent(more) {
			continue
		}
		if found := n.solve(extend(order, v.Dependencies), done+1, more); found != nil {
			return found
		}
	}
	delete(n.chosen, name)
	return nil
}

func (n *naive) consistent(wants []Dependency) bool {
	for _, d := range wants {
		if v, ok := n.chosen[d.Name]; ok && !d.Constraint.Match(v) {
			return false
		}
	}
	return true
}

func extend(order []string, deps []Dependency) []string {
	known := make(map[string]bool, len(order))
	for _, name := range order {
		known[name] = true
	}
	order = order[:len(order):len(order)]
	for _, d := range deps {
		if !known[d.Name] {
			known[d.Name] = true
			order = append(order, d.Name)
		}
	}
	return order
}

// border makes random problems at the border between those with and those
// without a solution: each version wants two others in a range.
func border(seed uint64, n, versions, width int) []Cookbook {
	rnd := rand.New(rand.NewPCG(seed, uint64(n)))
	books := make([]Cookbook, n)
	for i := range books {
		books[i].Name = fmt.Sprintf("cookbook%03d", i)
		for v := versions - 1; v >= 0; v-- {
			c := CookbookVersion{Version: chef.Version{Major: int64(v / width), Minor: int64(v % width)}}
			for range 2 {
				if to := rnd.IntN(n); to != i {
					c.Dependencies = append(c.Dependencies, Dependency{fmt.Sprintf("cookbook%03d", to), window(rnd.IntN(versions), width)})
				}
			}
			books[i].Versions = append(books[i].Versions, c)
		}
	}
	return books
}

// window is matched by version i and those after it with the same major part.
func window(i, width int) chef.Constraint {
	c, err := chef.ParseConstraint(fmt.Sprintf("~> %d.%d", i/width, i%width))
	if err != nil {
		panic(err)
	}
	return c
}

func TestSolveAgreesWithBacktracking(t *testing.T) {
	solved, unsolvable := 0, 0
	for seed := range uint64(100) {
		books := border(seed, 16, 6, 4)
		n := &naive{books: make(map[string]Cookbook), chosen: make(map[string]chef.Version), steps: 30_000}
		for _, b := range books {
			n.books[b.Name] = b
		}
		roots := named(3, 1, 2)
		want := n.solve([]string{roots[0].Name, roots[1].Name, roots[2].Name}, 0, nil)
		if want == nil && n.steps < 0 {
			continue
		}
		got, err := Solve(context.Background(), NewUniverse(books), nil, roots)
		switch want {
		case nil:
			unsolvable++
			if chef.CodeOf(err) != chef.Unsolvable {
				t.Errorf("seed %d: got %s, %v; there is no solution", seed, printed(got), err)
			}
		default:
			solved++
			if printed(got) != printed(want) {
				t.Errorf("seed %d: got %s, %v\nwant %s", seed, printed(got), err, printed(want))
			}
		}
	}
	if solved < 10 || unsolvable < 10 {
		t.Errorf("%d problems solved and %d unsolvable are too few of one kind", solved, unsolvable)
	}
}
