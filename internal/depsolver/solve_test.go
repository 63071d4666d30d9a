package depsolver

import (
	"context"
	"testing"
)

// The cases are those of Chef's own tests of its solver (chef_depsolver_tests
// and dep_selector's specs) and of its API tests, with what these expect; the
// order is ours.
func TestSolve(t *testing.T) {
	chain := `
		app1 0.1.0: app2 >= 0.1.0, app3 >= 0.1.1, app3 <= 0.1.5
		app1 3.0: app2 >= 0.1.0, app3 >= 0.1.1, app3 <= 0.1.5
		app2 0.0.1: app4 >= 5.0.0
		app2 2.1.5: app4 >= 5.0.0
		app2 2.2: app4 >= 5.0.0
		app2 3.0: app4 >= 5.0.0
		app3 0.1.0: app5 >= 2.0.0
		app3 0.1.3: app5 >= 2.0.0
		app3 2.0.0: app5 >= 2.0.0
		app4 0.1.0: app5
		app4 5.0.0: app5
		app4 6.0.0: app5
		app5 0.1.0
		app5 6.0.0`
	moderate := `
		a 1.0: c < 4.0
		b 1.0: c < 3.0
		c 2.0: d > 1.0, f
		c 3.0: d > 2.0, e
		d 1.1
		d 2.1
		e 1.0
		f 1.0
		g 1.0: d > 5.0`
	for name, tc := range map[string]struct{ world, env, list, want string }{
		"nothing":                 {moderate, "", "", ""},
		"one without needs":       {"foo 1.2.3", "", "foo", "foo 1.2.3"},
		"newest":                  {"foo 1.9.0\nfoo 1.10.0\nfoo 1.2.0", "", "foo", "foo 1.10.0"},
		"a recipe's cookbook":     {"foo 1.0.0\nfoo 2.0.0", "", "foo::bar foo::baz", "foo 2.0.0"},
		"a version asked for":     {"foo 1.0.0\nfoo 2.0.0", "", "foo@1.0", "foo 1.0.0"},
		"with and without":        {"foo 1.0.0\nfoo 2.0.0", "", "foo foo::bar@1.0.0", "foo 1.0.0"},
		"environment":             {"foo 1.0.0\nfoo 2.0.0", "foo < 2.0", "foo", "foo 1.0.0"},
		"environment holds deps":  {"foo 1.2.3: bar > 2.0.0\nfoo 1.0.0: bar = 1.0.0\nbar 1.0.0\nbar 3.0.0", "bar = 1.0.0", "foo", "foo 1.0.0, bar 1.0.0"},
		"environment lets deps":   {"foo 1.2.3: bar > 2.0.0\nfoo 1.0.0: bar = 1.0.0\nbar 1.0.0\nbar 3.0.0", "bar > 1.1.0", "foo", "foo 1.2.3, bar 3.0.0"},
		"environment irrelevant":  {"foo 1.0.0", "someting = 1.0.0", "foo", "foo 1.0.0"},
		"dates":                   {"datestamp 1.2.20130730201745", "datestamp >= 1.2.20130730200000", "datestamp", "datestamp 1.2.20130730201745"},
		"greatest integers":       {"foo 9223372036854775807.0.9223372036854775807", "foo ~> 9223372036854775807", "foo", "foo 9223372036854775807.0.9223372036854775807"},
		"transitive":              {"foo 1.0.0\nbar 2.0.0: foo > 0.0.0\nbaz 3.0.0\nquux 4.0.0: bar = 2.0.0, baz = 3.0.0", "", "quux", "quux 4.0.0, bar 2.0.0, baz 3.0.0, foo 1.0.0"},
		"a dependency's recipe":   {"foo 1.0.0: bar::baz < 2.0\nbar 1.0.0\nbar 2.0.0", "", "foo", "foo 1.0.0, bar 1.0.0"},
		"two on one":              {"foo 1.0.0: bar >= 2.0, bar::x < 3.0\nbar 1.0.0\nbar 2.0.0\nbar 3.0.0", "", "foo", "foo 1.0.0, bar 2.0.0"},
		"pessimistic":             {chain, "app2 ~> 2.1", "app1@3.0", "app1 3.0.0, app2 2.2.0, app3 0.1.3, app4 6.0.0, app5 6.0.0"},
		"more pessimistic":        {chain, "app2 ~> 2.1.1", "app1", "app1 3.0.0, app2 2.1.5, app3 0.1.3, app4 6.0.0, app5 6.0.0"},
		"circular":                {"app1 0.1.0: app2\napp2 0.0.1: app1", "", "app1@0.1.0", "app1 0.1.0, app2 0.0.1"},
		"itself":                  {"foo 1.0.0: foo = 1.0.0", "", "foo", "foo 1.0.0"},
		"not itself":              {"foo 2.0.0: foo < 2.0.0\nfoo 1.0.0", "", "foo", "foo 1.0.0"},
		"a version's missing dep": {"foo 2.0.0: nosuch\nfoo 1.0.0", "", "foo", "foo 1.0.0"},
		"unrelated missing dep":   {moderate + "\nh 1.0: nosuch", "", "b@1.0 a@1.0", "b 1.0.0, a 1.0.0, c 2.0.0, d 2.1.0, f 1.0.0"},
		"the first root is newer": {"a 1.0.0: c = 1.0\na 2.0.0: c = 2.0\nb 1.0.0: c = 2.0\nb 2.0.0: c = 1.0\nc 1.0.0\nc 2.0.0", "", "a b", "a 2.0.0, b 1.0.0, c 2.0.0"},
		"as the order decides":    {"a 1.0.0: c = 1.0\na 2.0.0: c = 2.0\nb 1.0.0: c = 2.0\nb 2.0.0: c = 1.0\nc 1.0.0\nc 2.0.0", "", "b a", "b 2.0.0, a 1.0.0, c 1.0.0"},
		"needs force the newer":   {"a 1.0.0: b = 2.0\na 2.0.0: b = 1.0, c = 1.0\nb 1.0.0\nb 2.0.0\nc 1.0.0", "", "a b@1.0.0", "a 2.0.0, b 1.0.0, c 1.0.0"},
		"needs force the older":   {"a 1.0.0: b = 2.0\na 2.0.0: b = 1.0, c = 1.0\nb 1.0.0\nb 2.0.0\nc 1.0.0", "", "a b@2.0.0", "a 1.0.0, b 2.0.0"},
		"near before far":         {"a 1.0.0: b, c\nb 1.0.0: d = 1.0\nb 2.0.0: d = 2.0\nc 1.0.0: d = 2.0\nc 2.0.0: d = 1.0\nd 1.0.0\nd 2.0.0\nd 3.0.0", "", "a", "a 1.0.0, b 2.0.0, c 1.0.0, d 2.0.0"},
		"broad before deep":       {"a 1.0.0: b, c\nb 1.0.0: d\nc 1.0.0: d = 1.0\nc 2.0.0: d < 3.0\nd 1.0.0\nd 2.0.0\nd 3.0.0", "", "a", "a 1.0.0, b 1.0.0, c 2.0.0, d 2.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Solve(context.Background(), world(t, tc.world), environment(t, tc.env), runList(t, tc.list))
			if err != nil || printed(got) != tc.want {
				t.Errorf("got %s, %v\nwant %s", printed(got), err, tc.want)
			}
		})
	}
}

func TestUniverseChanges(t *testing.T) {
	solve := func(u *Universe) string {
		t.Helper()
		got, err := Solve(context.Background(), u, nil, runList(t, "foo"))
		if err != nil {
			return err.Error()
		}
		return printed(got)
	}
	u := world(t, "foo 1.0.0: bar\nbar 1.0.0")
	newer := u.With(Cookbook{"bar", []CookbookVersion{
		{parseVersion(t, "1.0.0"), nil}, {parseVersion(t, "2.0.0"), dependencies(t, "baz")}, {parseVersion(t, "2.0.0"), nil},
	}})
	for _, tc := range []struct {
		what string
		u    *Universe
		want string
	}{
		{"added", newer, "foo 1.0.0, bar 2.0.0"},
		{"original", u, "foo 1.0.0, bar 1.0.0"},
		{"removed", newer.Without("bar").With(Cookbook{Name: "foo", Versions: []CookbookVersion{{Version: parseVersion(t, "3")}}}), "foo 3.0.0"},
		{"gone", newer.With(Cookbook{Name: "foo"}), "Run list contains invalid items: no such cookbook foo."},
	} {
		if got := solve(tc.u); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.what, got, tc.want)
		}
	}
}

func TestUniverseKeepsNothingOfTheCaller(t *testing.T) {
	versions := []CookbookVersion{{parseVersion(t, "1.0.0"), dependencies(t, "bar::x")}}
	u := NewUniverse([]Cookbook{{"foo", versions}, {"bar", []CookbookVersion{{Version: parseVersion(t, "1")}}}})
	if got := versions[0].Dependencies[0].Name; got != "bar::x" {
		t.Errorf("the caller's dependency became %q", got)
	}
	versions[0].Dependencies[0].Name = "nosuch"
	got, err := Solve(context.Background(), u, nil, runList(t, "foo"))
	if err != nil || printed(got) != "foo 1.0.0, bar 1.0.0" {
		t.Errorf("got %s, %v", printed(got), err)
	}
}
