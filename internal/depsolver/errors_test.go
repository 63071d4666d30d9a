package depsolver

import (
	"testing"

	"tournant/internal/chef"
)

// The bodies are those that Chef's API tests and its solver's tests expect.
func TestErrorBodies(t *testing.T) {
	foo := "foo 1.2.3"
	env := "qux > 4.0.0, foo >= 0.1.0, bar < 4.0.0"
	for name, tc := range map[string]struct{ world, env, list, want string }{
		"no such cookbook": {foo, "", "this_does_not_exist",
			`{"message":"Run list contains invalid items: no such cookbook this_does_not_exist.","non_existent_cookbooks":["this_does_not_exist"],"cookbooks_with_no_versions":[]}`},
		"an empty world": {"", "", "foo",
			`{"message":"Run list contains invalid items: no such cookbook foo.","non_existent_cookbooks":["foo"],"cookbooks_with_no_versions":[]}`},
		"no such cookbooks": {foo, env, "this_does_not_exist foo also_this_one",
			`{"message":"Run list contains invalid items: no such cookbooks this_does_not_exist, also_this_one.","non_existent_cookbooks":["this_does_not_exist","also_this_one"],"cookbooks_with_no_versions":[]}`},
		"brackets": {foo, "", "recipe[foo]",
			`{"message":"Run list contains invalid items: no such cookbook recipe[foo].","non_existent_cookbooks":["recipe[foo]"],"cookbooks_with_no_versions":[]}`},
		"filtered out": {foo, "foo = 400.0.0, bar > 400.0.0", "foo",
			`{"message":"Run list contains invalid items: no versions match the constraints on cookbook (foo >= 0.0.0).","non_existent_cookbooks":[],"cookbooks_with_no_versions":["(foo >= 0.0.0)"]}`},
		"no such version": {foo, env, "foo@2.0.0",
			`{"message":"Run list contains invalid items: no versions match the constraints on cookbook (foo = 2.0.0).","non_existent_cookbooks":[],"cookbooks_with_no_versions":["(foo = 2.0.0)"]}`},
		"no such short version": {foo, env, "foo@2.0",
			`{"message":"Run list contains invalid items: no versions match the constraints on cookbook (foo = 2.0.0).","non_existent_cookbooks":[],"cookbooks_with_no_versions":["(foo = 2.0.0)"]}`},
		"no such cookbook hides no such version": {foo, env, "this_does_not_exist foo@2.0.0",
			`{"message":"Run list contains invalid items: no such cookbook this_does_not_exist.","non_existent_cookbooks":["this_does_not_exist"],"cookbooks_with_no_versions":[]}`},
		"one version of two": {foo + "\nbar 2.0.0", env, "bar@2.0.0 foo@3.0.0",
			`{"message":"Run list contains invalid items: no versions match the constraints on cookbook (foo = 3.0.0).","non_existent_cookbooks":[],"cookbooks_with_no_versions":["(foo = 3.0.0)"]}`},
		"no such versions": {foo + "\nbar 2.0.0", "bar > 3.0", "bar foo@1.0.0",
			`{"message":"Run list contains invalid items: no versions match the constraints on cookbooks (bar >= 0.0.0), (foo = 1.0.0).","non_existent_cookbooks":[],"cookbooks_with_no_versions":["(bar >= 0.0.0)","(foo = 1.0.0)"]}`},

		"dependency does not exist": {"foo 1.2.3: this_does_not_exist >= 0.0.0", env, "foo",
			`{"message":"Unable to satisfy constraints on package this_does_not_exist, which does not exist, due to solution constraint (foo >= 0.0.0). Solution constraints that may result in a constraint on this_does_not_exist: [(foo = 1.2.3) -> (this_does_not_exist >= 0.0.0)]","unsatisfiable_run_list_item":"(foo >= 0.0.0)","non_existent_cookbooks":["this_does_not_exist"],"most_constrained_cookbooks":[]}`},
		"dependency not new enough": {"foo 1.2.3: bar > 2.0.0\nbar 2.0.0", env, "foo",
			`{"message":"Unable to satisfy constraints on package bar due to solution constraint (foo >= 0.0.0). Solution constraints that may result in a constraint on bar: [(foo = 1.2.3) -> (bar > 2.0.0)]","unsatisfiable_run_list_item":"(foo >= 0.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["bar = 2.0.0 -> []"]}`},
		"impossible dependency": {"foo 1.2.3: bar > 2.0.0\nbar 2.0.0: foo > 3.0.0", env, "foo",
			`{"message":"Unable to satisfy constraints on package bar due to solution constraint (foo >= 0.0.0). Solution constraints that may result in a constraint on bar: [(foo = 1.2.3) -> (bar > 2.0.0)]","unsatisfiable_run_list_item":"(foo >= 0.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["bar = 2.0.0 -> [(foo > 3.0.0)]"]}`},
		"impossible by environment": {"foo 1.2.3: bar > 2.0.0\nbar 1.0.0\nbar 3.0.0", "bar = 1.0.0", "foo",
			`{"message":"Unable to satisfy constraints on package bar due to solution constraint (foo >= 0.0.0). Solution constraints that may result in a constraint on bar: [(foo = 1.2.3) -> (bar > 2.0.0)]","unsatisfiable_run_list_item":"(foo >= 0.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["bar = 1.0.0 -> []"]}`},
		"collision": {"foo 1.2.3: bar = 1.0.0, buzz = 1.0.0\nbar 1.0.0: baz = 1.0.0\nbuzz 1.0.0: baz > 1.2.0\nbuzz 2.0.0: baz = 1.0.0\nack 1.0.0: foobar = 1.0.0\nbaz 1.0.0\nbaz 2.0.0", "", "foo buzz",
			`{"message":"Unable to satisfy constraints on package baz due to solution constraint (foo >= 0.0.0). Solution constraints that may result in a constraint on baz: [(foo = 1.2.3) -> (bar = 1.0.0) -> (baz = 1.0.0)], [(foo = 1.2.3) -> (buzz = 1.0.0) -> (baz > 1.2.0)], [(buzz = 1.0.0) -> (baz > 1.2.0)], [(buzz = 2.0.0) -> (baz = 1.0.0)]","unsatisfiable_run_list_item":"(foo >= 0.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["baz = 1.0.0 -> []"]}`},
		"unsatisfiable circle": {"a 1.0.0: b = 1.0.0\na 2.0.0: b = 2.0.0\nb 1.0.0: a = 2.0.0\nb 2.0.0: a = 1.0.0\np 1.0\nq 1.0", "", "p a@1.0.0 q",
			`{"message":"Unable to satisfy constraints on package b due to solution constraint (a = 1.0.0). Solution constraints that may result in a constraint on b: [(a = 1.0.0) -> (b = 1.0.0)]","unsatisfiable_run_list_item":"(a = 1.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["b = 1.0.0 -> [(a = 2.0.0)]"]}`},
		"a root collides": {"a 1.0.0: b = 2.0.0, c = 2.0.0\na 2.0.0: b = 1.0.0, c = 1.0.0\nb 1.0.0\nb 2.0.0\nc 1.0.0\nc 2.0.0\nc 3.0.0\np 1.0", "", "a c@3.0.0 p",
			`{"message":"Unable to satisfy constraints on package c due to solution constraint (c = 3.0.0). Solution constraints that may result in a constraint on c: [(a = 1.0.0) -> (c = 2.0.0)], [(a = 2.0.0) -> (c = 1.0.0)], [(c = 3.0.0)]","unsatisfiable_run_list_item":"(c = 3.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["c = 1.0.0 -> []"]}`},
		"two versions of one": {foo + "\nfoo 2.0.0", "", "foo foo@1.2.3 foo@2.0.0",
			`{"message":"Unable to satisfy constraints on package foo due to solution constraint (foo = 2.0.0). Solution constraints that may result in a constraint on foo: [(foo >= 0.0.0)], [(foo = 1.2.3)], [(foo = 2.0.0)]","unsatisfiable_run_list_item":"(foo = 2.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["foo = 1.2.3 -> []"]}`},
		"two that do not exist": {"foo 1.0.0: nosuch1, bar\nbar 1.0.0: nosuch2 ~> 1.2", "", "foo",
			`{"message":"Unable to satisfy constraints on package nosuch1, which does not exist, due to solution constraint (foo >= 0.0.0). Solution constraints that may result in a constraint on nosuch1: [(foo = 1.0.0) -> (nosuch1 >= 0.0.0)]","unsatisfiable_run_list_item":"(foo >= 0.0.0)","non_existent_cookbooks":["nosuch1","nosuch2"],"most_constrained_cookbooks":[]}`},
		"all versions filtered out": {"foo 1.0.0: bar\nbar 1.0.0", "bar > 1.0", "foo",
			`{"message":"Unable to satisfy constraints on package bar, which does not exist, due to solution constraint (foo >= 0.0.0). Solution constraints that may result in a constraint on bar: [(foo = 1.0.0) -> (bar >= 0.0.0)]","unsatisfiable_run_list_item":"(foo >= 0.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["bar = "]}`},
		"contradicts itself": {"foo 1.0.0: foo > 1.0.0", "", "foo",
			`{"message":"Unable to satisfy constraints on package foo due to solution constraint (foo >= 0.0.0). Solution constraints that may result in a constraint on foo: [(foo >= 0.0.0)]","unsatisfiable_run_list_item":"(foo >= 0.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["foo = 1.0.0 -> [(foo > 1.0.0)]"]}`},
		"joined paths": {"a 1.0.0: l >= 1.0\na 2.0.0: l = 2.0.0\na 3.0.0: x\nb 1.0.0: x >= 1.0.0\nb 2.0.0\nc 1.0.0: x = 3.0.0\nd 1.0.0: x\nl 1.0.0: x = 1.0.0\nl 2.0.0: x = 2.0.0\nx 1.0.0\nx 2.0.0\nx 3.0.0", "a <= 2.0.0", "a b c d",
			`{"message":"Unable to satisfy constraints on package x due to solution constraint (c >= 0.0.0). Solution constraints that may result in a constraint on x: [(a = 1.0.0) -> (l = 1.0.0) -> (x = 1.0.0)], [(a = {1.0.0,2.0.0}) -> (l = 2.0.0) -> (x = 2.0.0)], [(b = 1.0.0) -> (x >= 1.0.0)], [(c = 1.0.0) -> (x = 3.0.0)], [(d = 1.0.0) -> (x >= 0.0.0)]","unsatisfiable_run_list_item":"(c >= 0.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["x = 1.0.0 -> []"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := body(t, world(t, tc.world), tc.env, tc.list); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestParseDependencies(t *testing.T) {
	got, err := ParseDependencies([]byte(` {"zlib": ">= 1.0", "apt::x": "1.2", "a": "~> 2"} `))
	if err != nil || list(got) != "[(zlib >= 1.0.0), (apt::x = 1.2.0), (a ~> 2.0.0)]" {
		t.Errorf("got %s, %v", list(got), err)
	}
	for _, none := range []string{"", "null", " null ", "{}"} {
		if got, err := ParseDependencies([]byte(none)); err != nil || len(got) != 0 {
			t.Errorf("%q: got %v, %v", none, got, err)
		}
	}
	for _, bad := range []string{"[]", "1", `"a"`, `{"a":1}`, `{"a":null}`, `{"a":">=1"}`, `{"a":"1"`, `{"a":"1"}}`, `{"a":"1"} {}`, `{"a"}`} {
		if got, err := ParseDependencies([]byte(bad)); err == nil {
			t.Errorf("%q was accepted as %v", bad, got)
		}
	}
}

func FuzzParseDependencies(f *testing.F) {
	for _, seed := range []string{`{"a":">= 1.0","b::c":"2"}`, `{}`, `null`, ``, `{"a":1}`, `{"a":"=1"}`, `{"a":"1"}}`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		deps, err := ParseDependencies(raw)
		if err != nil {
			return
		}
		for _, d := range deps {
			if again, err := chef.ParseConstraint(d.Constraint.String()); err != nil || again != d.Constraint {
				t.Fatalf("%q: %v became %v, %v", raw, d.Constraint, again, err)
			}
		}
	})
}
