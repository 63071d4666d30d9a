package depsolver

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"tournant/internal/chef"
)

// Cookbook is all versions of one cookbook, in any order.
type Cookbook struct {
	Name     string
	Versions []CookbookVersion
}

// CookbookVersion is one version and what it depends on, in the order of its
// metadata: that order is part of what makes an answer the best one.
type CookbookVersion struct {
	Version      chef.Version
	Dependencies []Dependency
}

// Dependency is a wish for a version of another cookbook. Of a Name such as
// `apache2::mod_ssl` only the cookbook counts.
type Dependency struct {
	Name       string
	Constraint chef.Constraint
}

// Universe is the cookbook versions of an organization. It never changes, so
// any number of solves can share it; With and Without return a changed copy,
// whose cost is that of copying one map with an entry for each cookbook.
type Universe struct{ books map[string]*book }

// book is a cookbook made ready for solving.
type book struct {
	name     string
	versions []CookbookVersion // newest first: choice i is versions[i-1]
	targets  []target
	broken   set // versions that contradict themselves: no solution has them
}

// target is everything that the versions of a book want of one other.
type target struct {
	name    string
	demands []demand
}

// demand says which versions of the book have this constraint on the target.
type demand struct {
	constraint chef.Constraint
	versions   set
}

// NewUniverse takes cookbooks in any order. Of a name or a version given twice
// the last counts. A cookbook without versions does not exist.
func NewUniverse(cookbooks []Cookbook) *Universe {
	u := &Universe{books: make(map[string]*book, len(cookbooks))}
	for _, c := range cookbooks {
		u.put(c)
	}
	return u
}

// With returns u with all versions of one cookbook replaced by those given.
func (u *Universe) With(c Cookbook) *Universe {
	changed := &Universe{books: maps.Clone(u.books)}
	changed.put(c)
	return changed
}

// Without returns u without a cookbook.
func (u *Universe) Without(name string) *Universe { return u.With(Cookbook{Name: name}) }

func (u *Universe) put(c Cookbook) {
	if len(c.Versions) == 0 {
		delete(u.books, c.Name)
		return
	}
	u.books[c.Name] = newBook(c)
}

func newBook(c Cookbook) *book {
	b := &book{name: c.Name, versions: newestFirst(c.Versions)}
	b.broken = make(set, setWords(len(b.versions)))
	index := make(map[string]int)
	for i := range b.versions {
		v := &b.versions[i]
		v.Dependencies = slices.Clone(v.Dependencies)
		for j := range v.Dependencies {
			d := &v.Dependencies[j]
			d.Name, _, _ = strings.Cut(d.Name, "::")
			b.depend(index, i+1, *d)
		}
	}
	return b
}

func newestFirst(versions []CookbookVersion) []CookbookVersion {
	sorted := slices.Clone(versions)
	slices.Reverse(sorted) // so that of equal versions the last given stays
	slices.SortStableFunc(sorted, func(a, b CookbookVersion) int { return b.Version.Compare(a.Version) })
	return slices.CompactFunc(sorted, func(a, b CookbookVersion) bool { return a.Version == b.Version })
}

// depend records that choice has the dependency d; index finds b.targets by name.
func (b *book) depend(index map[string]int, choice int, d Dependency) {
	if d.Name == b.name {
		if !d.Constraint.Match(b.versions[choice-1].Version) {
			b.broken.add(choice)
		}
		return
	}
	i, ok := index[d.Name]
	if !ok {
		i = len(b.targets)
		index[d.Name] = i
		b.targets = append(b.targets, target{name: d.Name})
	}
	b.targets[i].demand(d.Constraint, len(b.versions)).add(choice)
}

// demand returns the versions with constraint c on t, for adding to.
func (t *target) demand(c chef.Constraint, versions int) set {
	for _, d := range t.demands {
		if d.constraint == c {
			return d.versions
		}
	}
	t.demands = append(t.demands, demand{c, make(set, setWords(versions))})
	return t.demands[len(t.demands)-1].versions
}

// dependencies are those of a choice other than absent.
func (b *book) dependencies(choice int) []Dependency { return b.versions[choice-1].Dependencies }

// matching adds the choices that satisfy c.
func (b *book) matching(c chef.Constraint, into set) {
	newest := sort.Search(len(b.versions), func(i int) bool { return c.Side(b.versions[i].Version) <= 0 })
	tooOld := sort.Search(len(b.versions), func(i int) bool { return c.Side(b.versions[i].Version) < 0 })
	into.addRange(newest+1, tooOld+1)
}
