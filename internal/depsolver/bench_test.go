package depsolver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"tournant/internal/chef"
)

// organization makes n cookbooks of some versions each, in layers: each version
// depends on up to three cookbooks of higher number, within reach, and asks for
// at least a version that is not far behind its own.
func organization(seed uint64, n, versions, reach int) *Universe {
	rnd := rand.New(rand.NewPCG(seed, 0))
	books := make([]Cookbook, n)
	for i := range books {
		books[i].Name = fmt.Sprintf("cookbook%03d", i)
		var on []int
		for range 3 {
			if to := i + 1 + rnd.IntN(reach); to < n {
				on = append(on, to)
			}
		}
		for v := range versions {
			c := CookbookVersion{Version: chef.Version{Major: 1, Minor: int64(v)}}
			for _, to := range on {
				c.Dependencies = append(c.Dependencies, Dependency{fmt.Sprintf("cookbook%03d", to), atLeast(max(0, v-rnd.IntN(3)))})
			}
			books[i].Versions = append(books[i].Versions, c)
		}
	}
	return NewUniverse(books)
}

func atLeast(minor int) chef.Constraint {
	c, err := chef.ParseConstraint(fmt.Sprintf(">= 1.%d.0", minor))
	if err != nil {
		panic(err)
	}
	return c
}

func exactly(minor int) chef.Constraint {
	return chef.ExactConstraint(chef.Version{Major: 1, Minor: int64(minor)})
}

// pigeons asks for n+1 cookbooks, each of which wants one of n others for
// itself: without solution, and exponentially hard to prove by resolution.
func pigeons(n int) (*Universe, []Root) {
	var books []Cookbook
	var roots []Root
	for p := range n + 1 {
		b := Cookbook{Name: fmt.Sprintf("pigeon%02d", p)}
		for h := range n {
			v := CookbookVersion{Version: chef.Version{Major: 1, Minor: int64(h)}}
			v.Dependencies = append(v.Dependencies, Dependency{fmt.Sprintf("hole%02d", h), exactly(p)})
			b.Versions = append(b.Versions, v)
		}
		books = append(books, b)
		roots = append(roots, Root{Name: b.Name})
	}
	for h := range n {
		b := Cookbook{Name: fmt.Sprintf("hole%02d", h)}
		for p := range n + 1 {
			b.Versions = append(b.Versions, CookbookVersion{Version: chef.Version{Major: 1, Minor: int64(p)}})
		}
		books = append(books, b)
	}
	return NewUniverse(books), roots
}

// hidden asks for sixty cookbooks that agree on nothing and may have any of ten
// versions, and then for five that cannot have four others: who backtracks tries
// ten to the sixty.
func hidden() (*Universe, []Root) {
	var books []Cookbook
	var roots []Root
	for i := range 60 {
		b := Cookbook{Name: fmt.Sprintf("free%02d", i)}
		for v := range 10 {
			b.Versions = append(b.Versions, CookbookVersion{Version: chef.Version{Major: int64(v)}})
		}
		books = append(books, b)
		roots = append(roots, Root{Name: b.Name})
	}
	u, last := pigeons(4)
	for _, b := range books {
		u.put(b)
	}
	return u, append(roots, last...)
}

func named(names ...int) []Root {
	roots := make([]Root, len(names))
	for i, n := range names {
		roots[i].Name = fmt.Sprintf("cookbook%03d", n)
	}
	return roots
}

func benchmark(b *testing.B, u *Universe, roots []Root, size int) {
	b.ReportAllocs()
	for b.Loop() {
		got, err := Solve(context.Background(), u, nil, roots)
		if err != nil {
			b.Fatal(err)
		}
		if len(got) != size {
			b.Fatalf("the answer has %d cookbooks", len(got))
		}
	}
}

func BenchmarkTwoRoots(b *testing.B) { benchmark(b, organization(1, 100, 5, 10), named(72, 79), 20) }

func BenchmarkTenRoots(b *testing.B) {
	benchmark(b, organization(1, 100, 5, 10), named(26, 31, 36, 41, 46, 51, 56, 61, 66, 71), 64)
}

// benchmarkFailure includes finding out whom to blame.
func benchmarkFailure(b *testing.B, u *Universe, roots []Root) {
	for b.Loop() {
		if _, err := Solve(context.Background(), u, nil, roots); chef.CodeOf(err) != chef.Unsolvable {
			b.Fatal(err)
		}
	}
}

func BenchmarkHidden(b *testing.B) {
	u, roots := hidden()
	benchmarkFailure(b, u, roots)
}

func BenchmarkPigeons(b *testing.B) {
	u, roots := pigeons(6)
	benchmarkFailure(b, u, roots)
}

// BenchmarkBorder solves one of the random problems that take longest.
func BenchmarkBorder(b *testing.B) {
	u := NewUniverse(border(5, 64, 10, 6))
	for b.Loop() {
		if _, err := Solve(context.Background(), u, nil, named(0, 1, 2, 3, 4, 5)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUniverse(b *testing.B) {
	u := organization(1, 1000, 10, 50)
	c := Cookbook{Name: "cookbook500", Versions: u.books["cookbook500"].versions}
	for b.Loop() {
		u = u.With(c)
	}
}
