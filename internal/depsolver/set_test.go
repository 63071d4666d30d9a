package depsolver

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tournant/internal/chef"
)

// sets draws a set and the same as a sorted list of choices.
func sets(t *rapid.T, versions int, name string) (set, []int) {
	s := make(set, setWords(versions))
	list := rapid.SliceOfDistinct(rapid.IntRange(0, versions), rapid.ID[int]).Draw(t, name)
	for _, choice := range list {
		s.add(choice)
	}
	slices.Sort(list)
	return s, list
}

func choicesOf(s set, versions int) []int {
	var list []int
	for choice := range versions + 1 {
		if s.has(choice) {
			list = append(list, choice)
		}
	}
	return list
}

func filter(list []int, keep func(int) bool) []int {
	return slices.DeleteFunc(slices.Clone(list), func(i int) bool { return !keep(i) })
}

func TestSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		versions := rapid.IntRange(0, 200).Draw(t, "versions")
		a, listA := sets(t, versions, "a")
		b, listB := sets(t, versions, "b")
		inA := func(i int) bool { return slices.Contains(listA, i) }
		inB := func(i int) bool { return slices.Contains(listB, i) }
		check := func(what string, got set, want []int) {
			if list := choicesOf(got, versions); !slices.Equal(list, want) {
				t.Fatalf("%s: got %v, want %v", what, list, want)
			}
		}
		both := filter(listA, inB)
		if got := a.within(b); got != (len(both) == len(listA)) {
			t.Fatalf("within: got %v", got)
		}
		if got := a.disjoint(b); got != (len(both) == 0) {
			t.Fatalf("disjoint: got %v", got)
		}
		if a.empty() != (len(listA) == 0) || a.single() != (len(listA) == 1) {
			t.Fatalf("empty: %v, single: %v", a.empty(), a.single())
		}
		if len(listA) > 0 && a.first() != listA[0] {
			t.Fatalf("first: got %d", a.first())
		}
		difference := make(set, len(a))
		difference.subtract(a, b)
		check("subtract", difference, filter(listA, func(i int) bool { return !inB(i) }))
		common := slices.Clone(a)
		common.intersect(b)
		check("intersect", common, both)
		b.unite(a)
		all := make([]int, versions+1)
		for i := range all {
			all[i] = i
		}
		check("unite", b, filter(all, func(i int) bool { return inA(i) || inB(i) }))
		a.invert(versions)
		check("invert", a, filter(all, func(i int) bool { return i != absent && !inA(i) }))
		low := rapid.IntRange(0, versions+1).Draw(t, "low")
		high := rapid.IntRange(0, versions+1).Draw(t, "high")
		span := make(set, len(a))
		span.addRange(low, high)
		check("addRange", span, filter(all, func(i int) bool { return low <= i && i < high }))
	})
}

// TestManyVersions: domains of more than one word.
func TestManyVersions(t *testing.T) {
	lib, app := Cookbook{Name: "lib"}, Cookbook{Name: "app"}
	for i := range 200 {
		v := chef.Version{Major: int64(i)}
		lib.Versions = append(lib.Versions, CookbookVersion{Version: v})
		pin := Dependency{"lib", chef.ExactConstraint(v)}
		app.Versions = append(app.Versions, CookbookVersion{Version: v, Dependencies: []Dependency{pin}})
	}
	u := NewUniverse([]Cookbook{lib, app})
	for _, tc := range []struct{ env, list, want string }{
		{"", "app", "app 199.0.0, lib 199.0.0"},
		{"", "lib@63.0 app", "lib 63.0.0, app 63.0.0"},
		{"lib < 130", "app lib", "app 129.0.0, lib 129.0.0"},
		{"lib <= 64, app > 63", "app", "app 64.0.0, lib 64.0.0"},
		{"app ~> 0", "app", "app 0.0.0, lib 0.0.0"},
	} {
		t.Run(fmt.Sprint(tc.env, " ", tc.list), func(t *testing.T) {
			got, err := Solve(context.Background(), u, environment(t, tc.env), runList(t, tc.list))
			if err != nil || printed(got) != tc.want {
				t.Errorf("got %s, %v; want %s", printed(got), err, tc.want)
			}
		})
	}
}
