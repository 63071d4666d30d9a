// Package catalog knows which cookbook versions an organization has, without
// asking the database again: lists of cookbooks and the dependency solver read
// it. It is kept behind the change log, as package identity is.
package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/depsolver"
	"tournant/internal/store"
)

// Catalog is the cookbooks of an organization as of one moment. It never
// changes.
type Catalog struct {
	// Cookbooks are in order of name.
	Cookbooks []*Cookbook

	// Universe is the same for the dependency solver.
	Universe *depsolver.Universe

	byName map[string]*Cookbook
}

// Cookbook is a cookbook that has versions.
type Cookbook struct {
	ID       int64
	Name     string
	ACL      authz.ACL
	Versions []Version // newest first
}

// Version is one version of a cookbook.
type Version struct {
	ID           int64
	Edition      int64
	Number       chef.Version
	Dependencies []depsolver.Dependency
	Recipes      json.RawMessage // array of names as run lists know them, sorted
}

// newCatalog reads what the database holds.
func newCatalog(rows []*store.Cookbook) (*Catalog, error) {
	c := &Catalog{byName: make(map[string]*Cookbook, len(rows))}
	solvable := make([]depsolver.Cookbook, 0, len(rows))
	for _, row := range rows {
		book, err := newCookbook(row)
		if err != nil {
			return nil, err
		}
		c.byName[book.Name] = book
		solvable = append(solvable, book.solvable())
	}
	c.Universe = depsolver.NewUniverse(solvable)
	c.sort()
	return c, nil
}

// with returns a copy in which the named cookbooks are as the rows say; those
// without a row are gone.
func (c *Catalog) with(names []string, rows []*store.Cookbook) (*Catalog, error) {
	next := &Catalog{byName: maps.Clone(c.byName), Universe: c.Universe}
	for _, name := range names {
		delete(next.byName, name)
	}
	for _, row := range rows {
		book, err := newCookbook(row)
		if err != nil {
			return nil, err
		}
		next.byName[book.Name] = book
	}
	for _, name := range names {
		if book := next.byName[name]; book != nil {
			next.Universe = next.Universe.With(book.solvable())
		} else {
			next.Universe = next.Universe.Without(name)
		}
	}
	next.sort()
	return next, nil
}

func (c *Catalog) sort() {
	c.Cookbooks = slices.SortedFunc(maps.Values(c.byName), func(a, b *Cookbook) int { return cmp.Compare(a.Name, b.Name) })
}

func newCookbook(row *store.Cookbook) (*Cookbook, error) {
	book := &Cookbook{ID: row.ID, Name: row.Name, ACL: row.ACL, Versions: make([]Version, len(row.Versions))}
	for i, v := range row.Versions {
		deps, err := depsolver.ParseDependencies(v.Dependencies)
		if err != nil {
			return nil, fmt.Errorf("cookbook %s %s: %w", row.Name, v.Version, err)
		}
		book.Versions[i] = Version{ID: v.ID, Edition: v.Edition, Number: v.Version, Dependencies: deps, Recipes: v.Recipes}
	}
	return book, nil
}

func (b *Cookbook) solvable() depsolver.Cookbook {
	out := depsolver.Cookbook{Name: b.Name, Versions: make([]depsolver.CookbookVersion, len(b.Versions))}
	for i, v := range b.Versions {
		out.Versions[i] = depsolver.CookbookVersion{Version: v.Number, Dependencies: v.Dependencies}
	}
	return out
}

// Cookbook returns the cookbook with this name, or nil.
func (c *Catalog) Cookbook(name string) *Cookbook { return c.byName[name] }

// Object names the cookbook in an organization to the store.
func (b *Cookbook) Object(org int64) *store.Object {
	return &store.Object{Ref: store.Ref{Org: org, Type: chef.TypeCookbook, Name: b.Name}, ID: b.ID, ACL: b.ACL}
}

// Version returns the version with this number, or nil.
func (b *Cookbook) Version(number chef.Version) *Version {
	i, found := slices.BinarySearchFunc(b.Versions, number, func(v Version, n chef.Version) int { return n.Compare(v.Number) })
	if !found {
		return nil
	}
	return &b.Versions[i]
}

// Matching returns the versions that satisfy a constraint, newest first.
func (b *Cookbook) Matching(c chef.Constraint) []Version {
	var out []Version
	for _, v := range b.Versions {
		if c.Match(v.Number) {
			out = append(out, v)
		}
	}
	return out
}

// size is how many versions there are, the measure of what a catalog holds.
func (c *Catalog) size() int {
	n := 0
	for _, b := range c.Cookbooks {
		n += len(b.Versions)
	}
	return n
}
