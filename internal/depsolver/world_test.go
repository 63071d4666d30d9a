package depsolver

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"tournant/internal/chef"
)

// world reads a universe, a line for each cookbook version:
//
//	foo 1.2.3: bar > 2.0.0, baz = 1.0
func world(t testing.TB, text string) *Universe {
	t.Helper()
	var books []Cookbook
	index := make(map[string]int)
	for line := range strings.Lines(text) {
		head, deps, _ := strings.Cut(strings.TrimSpace(line), ":")
		name, version, ok := strings.Cut(head, " ")
		if !ok {
			continue
		}
		if _, ok := index[name]; !ok {
			index[name] = len(books)
			books = append(books, Cookbook{Name: name})
		}
		b := &books[index[name]]
		b.Versions = append(b.Versions, CookbookVersion{parseVersion(t, version), dependencies(t, deps)})
	}
	return NewUniverse(books)
}

func dependencies(t testing.TB, text string) []Dependency {
	t.Helper()
	var deps []Dependency
	for part := range strings.SplitSeq(text, ",") {
		name, constraint, limited := strings.Cut(strings.TrimSpace(part), " ")
		if name == "" {
			continue
		}
		d := Dependency{Name: name}
		if limited {
			d.Constraint = parseConstraint(t, constraint)
		}
		deps = append(deps, d)
	}
	return deps
}

// environment reads constraints as `foo > 1.0, bar = 2.0`.
func environment(t testing.TB, text string) map[string]chef.Constraint {
	t.Helper()
	env := make(map[string]chef.Constraint)
	for _, d := range dependencies(t, text) {
		env[d.Name] = d.Constraint
	}
	return env
}

// runList reads roots as a client sends them, separated by spaces.
func runList(t testing.TB, text string) []Root {
	t.Helper()
	raw, err := json.Marshal(strings.Fields(text))
	if err != nil {
		t.Fatal(err)
	}
	roots, err := chef.ParseDepsolverItems(raw)
	if err != nil {
		t.Fatalf("run list %q: %v", text, err)
	}
	return roots
}

func parseVersion(t testing.TB, text string) chef.Version {
	t.Helper()
	v, err := chef.ParseVersion(text)
	if err != nil {
		t.Fatalf("version %q: %v", text, err)
	}
	return v
}

func parseConstraint(t testing.TB, text string) chef.Constraint {
	t.Helper()
	c, err := chef.ParseConstraint(text)
	if err != nil {
		t.Fatalf("constraint %q: %v", text, err)
	}
	return c
}

// printed is a solution as `foo 1.2.3, bar 2.0.0`.
func printed(s Solution) string {
	parts := make([]string, len(s))
	for i, c := range s {
		parts[i] = c.Name + " " + c.Version.String()
	}
	return strings.Join(parts, ", ")
}

// body solves and returns the body of the error there must be.
func body(t testing.TB, u *Universe, env, list string) string {
	t.Helper()
	got, err := Solve(context.Background(), u, environment(t, env), runList(t, list))
	var e *chef.Error
	if !errors.As(err, &e) || e.Code != chef.Unsolvable {
		t.Fatalf("got %q, %v; want an error of code %q", printed(got), err, chef.Unsolvable)
	}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e.Detail); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), e.Message) {
		t.Errorf("the message %q is not in the body %s", e.Message, &text)
	}
	return strings.TrimSpace(text.String())
}
