package conformance

import (
	"fmt"
	"strings"
	"testing"
)

func testDepsolver(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"requests", depsolverRequests},
		{"answers", depsolverAnswers},
		{"choices", depsolverChoices},
		{"unknown cookbooks", depsolverUnknown},
		{"unsatisfiable roots", depsolverRoots},
		{"no solution", depsolverNoSolution},
		{"permissions", depsolverPermissions},
	})
}

const solveAt = "/environments/_default/cookbook_versions"

// solves asks for a run list (`"a","b@1.0.0"`) and expects exactly these
// versions ("a 1.0.0, b 2.0.0").
func (o *org) solves(t *testing.T, environment, runList, want string) {
	t.Helper()
	var entries []string
	for _, pick := range strings.FieldsFunc(want, func(r rune) bool { return r == ',' }) {
		name, version, _ := strings.Cut(strings.TrimSpace(pick), " ")
		entries = append(entries, fmt.Sprintf(`%q:{"version":%q,"<more>":0}`, name, version))
	}
	o.client.Post("/environments/"+environment+"/cookbook_versions", `{"run_list":[`+runList+`]}`).
		Want(t, 200, "{"+strings.Join(entries, ",")+"}")
}

func depsolverRequests(t *testing.T, o *org) {
	o.client.rejects(t, "POST", solveAt, []refusal{
		{``, "invalid JSON"},
		{`{`, "invalid JSON"},
		{`{"run_list":"a"}`, "Field 'run_list' is not a valid run list"},
		{`{"run_list":{}}`, "Field 'run_list' is not a valid run list"},
		{`{"run_list":[1]}`, "Field 'run_list' is not a valid run list"},
		{`{"run_list":["a b"]}`, "Field 'run_list' is not a valid run list"},
		{`{"run_list":["a@x"]}`, "Field 'run_list' is not a valid run list"},
		{`{"run_list":["recipe["]}`, "Field 'run_list' is not a valid run list"},
	})
	o.client.Post(solveAt, `{"run_list":[]}`).Want(t, 200, `{}`)
	o.client.Post(solveAt, `{}`).Want(t, 200, `{}`)
	o.client.Post("/environments/none/cookbook_versions", `{"run_list":[]}`).WantError(t, 404, "environment 'none' not found")
	o.client.Post("/environments/none/cookbook_versions", `{"run_list":1}`).Want(t, 400, "")
}

// depsolverAnswers: a manifest without what a run has no use for.
func depsolverAnswers(t *testing.T, o *org) {
	o.upload(t, "r")
	metadata := `"version":"1.0.0","name":"a","description":"d"`
	o.super.Put("/cookbooks/a/1.0.0", cookbookWith("a", "1.0.0",
		metadata+`,"long_description":"long","attributes":{"x":1},"dependencies":{"b":">= 0.0.0"}`, `,"recipes":[`+file("recipes/default.rb", "r")+`]`)).Ok(t)
	o.cookbook(t, "b", "1.0.0")
	b := cookbookWith("b", "1.0.0", `"version":"1.0.0","name":"b","dependencies":{}`, "%")
	a := cookbookWith("a", "1.0.0", metadata+`,"dependencies":{"b":">= 0.0.0"}`, "%")
	want := func(a, b string) string { return `{"a":` + a + `,"b":` + b + `}` }
	v0 := want(strings.Replace(a, "%", `,"recipes":[`+served(file("recipes/default.rb", "r"))+`]`, 1), strings.Replace(b, "%", "", 1))
	o.client.Post(solveAt, `{"run_list":["a"]}`).Want(t, 200, v0)
	o.client.v(1).Post(solveAt, `{"run_list":["a"]}`).Want(t, 200, v0)
	o.client.v(2).Post(solveAt, `{"run_list":["a"]}`).Want(t, 200, want(
		strings.Replace(a, "%", `,"all_files":[`+served(file2("recipes/default.rb", "recipes/default.rb", "r"))+`]`, 1),
		strings.Replace(b, "%", `,"all_files":[]`, 1)))
	var manifests map[string]struct {
		Recipes []struct{ URL string }
	}
	o.client.Post(solveAt, `{"run_list":["a"]}`).Decode(t, &manifests)
	o.getBlob(t, manifests["a"].Recipes[0].URL).content(t, "r")
	o.dropCookbooks(t)
}

func depsolverChoices(t *testing.T, o *org) {
	for _, v := range []string{"1.0.0", "1.2.0", "1.2.9", "1.10.0", "2.0.0", "20130730201745.0.0"} {
		o.cookbook(t, "lib", v)
	}
	o.depends(t, "app", "1.0.0", `"lib":"~> 1.2"`)
	o.depends(t, "app", "2.0.0", `"lib":"~> 1.2.0"`)
	o.depends(t, "top", "1.0.0", `"app":">= 1.0","lib":"< 1.2.5"`)
	o.depends(t, "top", "0.9.0", `"app":"= 1.0.0"`)
	o.depends(t, "ring", "1.0.0", `"gnir":"> 0.1"`)
	o.depends(t, "gnir", "1.0.0", `"ring":">= 0.0.0"`)
	for _, row := range [][3]string{
		{"_default", `"lib"`, "lib 20130730201745.0.0"},
		{"_default", `"lib@1.2.0"`, "lib 1.2.0"},
		{"_default", `"lib@1.2"`, "lib 1.2.0"},
		{"_default", `"lib::default","lib::other","lib"`, "lib 20130730201745.0.0"},
		{"_default", `"lib::default@1.2.0"`, "lib 1.2.0"},
		{"_default", `"app"`, "app 2.0.0, lib 1.2.9"},
		{"_default", `"app@1.0.0"`, "app 1.0.0, lib 1.10.0"},
		{"_default", `"app","lib@1.2.0"`, "app 2.0.0, lib 1.2.0"},
		{"_default", `"app","lib@1.10.0"`, "app 1.0.0, lib 1.10.0"},
		{"_default", `"top"`, "top 1.0.0, app 2.0.0, lib 1.2.0"},
		{"_default", `"ring"`, "ring 1.0.0, gnir 1.0.0"},
		{"_default", `"ring","app"`, "ring 1.0.0, gnir 1.0.0, app 2.0.0, lib 1.2.9"},
		{"narrow", `"lib"`, "lib 1.2.9"},
		{"narrow", `"app"`, "app 1.0.0, lib 1.2.9"},
		{"narrow", `"top"`, "top 1.0.0, app 1.0.0, lib 1.2.0"},
	} {
		if row[0] == "narrow" {
			o.super.Post("/environments", `{"name":"narrow","cookbook_versions":{"app":"< 2.0.0","lib":"<= 1.2.9"}}`)
		}
		o.solves(t, row[0], row[1], row[2])
	}
	o.super.Put("/environments/narrow", `{"name":"narrow","cookbook_versions":{"lib":"= 20130730201745.0.0"}}`).Ok(t)
	o.solves(t, "narrow", `"lib"`, "lib 20130730201745.0.0")
	o.super.Delete("/environments/narrow").Ok(t)
	o.dropCookbooks(t)
}

func depsolverUnknown(t *testing.T, o *org) {
	o.cookbook(t, "here", "1.0.0")
	unknown := func(runList, message, names string) {
		t.Helper()
		o.client.Post(solveAt, `{"run_list":[`+runList+`]}`).Want(t, 412, `{"error":[{"message":"Run list contains invalid items: `+message+`",
			"non_existent_cookbooks":[`+names+`],"cookbooks_with_no_versions":[]}]}`)
	}
	unknown(`"none"`, "no such cookbook none.", `"none"`)
	unknown(`"none::default@1.0.0"`, "no such cookbook none.", `"none"`)
	unknown(`"here","none"`, "no such cookbook none.", `"none"`)
	unknown(`"zz","here","aa"`, "no such cookbooks zz, aa.", `"zz","aa"`)
	// Names that do not exist are told before versions that do not.
	unknown(`"here@9.0.0","none"`, "no such cookbook none.", `"none"`)
	o.dropCookbooks(t)
}

func depsolverRoots(t *testing.T, o *org) {
	o.cookbook(t, "foo", "1.0.0")
	o.cookbook(t, "bar", "1.0.0")
	o.super.Post("/environments", `{"name":"e1","cookbook_versions":{"foo":"> 2.0"}}`).Ok(t)
	unmet := func(environment, runList, on, list string) {
		t.Helper()
		o.client.Post("/environments/"+environment+"/cookbook_versions", `{"run_list":[`+runList+`]}`).Want(t, 412,
			`{"error":[{"message":"Run list contains invalid items: no versions match the constraints on `+on+`.",
			"non_existent_cookbooks":[],"cookbooks_with_no_versions":[`+list+`]}]}`)
	}
	unmet("_default", `"foo@3.0.0"`, "cookbook (foo = 3.0.0)", `"(foo = 3.0.0)"`)
	unmet("_default", `"bar","foo@3.0.0"`, "cookbook (foo = 3.0.0)", `"(foo = 3.0.0)"`)
	unmet("e1", `"foo"`, "cookbook (foo >= 0.0.0)", `"(foo >= 0.0.0)"`)
	unmet("e1", `"foo","bar@2.0.0"`, "cookbooks (foo >= 0.0.0), (bar = 2.0.0)", `"(foo >= 0.0.0)","(bar = 2.0.0)"`)
	o.super.Delete("/environments/e1").Ok(t)
	o.dropCookbooks(t)
}

func depsolverNoSolution(t *testing.T, o *org) {
	o.depends(t, "foo", "1.2.3", `"this_does_not_exist":">= 0.0.0"`)
	o.client.Post(solveAt, `{"run_list":["foo"]}`).Want(t, 412, `{"error":[{
		"message":"Unable to satisfy constraints on package this_does_not_exist, which does not exist, due to solution constraint (foo >= 0.0.0). Solution constraints that may result in a constraint on this_does_not_exist: [(foo = 1.2.3) -> (this_does_not_exist >= 0.0.0)]",
		"unsatisfiable_run_list_item":"(foo >= 0.0.0)","non_existent_cookbooks":["this_does_not_exist"],"most_constrained_cookbooks":[]}]}`)
	o.super.Put("/cookbooks/foo/1.2.3", cookbookDeps("foo", "1.2.3", `"bar":"> 2.0.0"`)).Ok(t)
	o.depends(t, "bar", "2.0.0", "")
	o.client.Post(solveAt, `{"run_list":["foo"]}`).Want(t, 412, `{"error":[{
		"message":"Unable to satisfy constraints on package bar due to solution constraint (foo >= 0.0.0). Solution constraints that may result in a constraint on bar: [(foo = 1.2.3) -> (bar > 2.0.0)]",
		"unsatisfiable_run_list_item":"(foo >= 0.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["bar = 2.0.0 -> []"]}]}`)
	// Each depends on a later version of the other.
	o.super.Put("/cookbooks/bar/2.0.0", cookbookDeps("bar", "2.0.0", `"foo":"> 3.0.0"`)).Ok(t)
	o.client.Post(solveAt, `{"run_list":["foo"]}`).Want(t, 412, `{"error":[{"message":"<string>",
		"unsatisfiable_run_list_item":"(foo >= 0.0.0)","non_existent_cookbooks":[],"most_constrained_cookbooks":["<any>"]}]}`)
	// What the environment keeps out cannot be depended upon.
	o.super.Put("/cookbooks/bar/2.0.0", cookbookDeps("bar", "2.0.0", ``)).Ok(t)
	o.super.Put("/cookbooks/foo/1.2.3", cookbookDeps("foo", "1.2.3", `"bar":"= 2.0.0"`)).Ok(t)
	o.solves(t, "_default", `"foo"`, "foo 1.2.3, bar 2.0.0")
	o.super.Post("/environments", `{"name":"e1","cookbook_versions":{"bar":"< 2.0.0"}}`).Ok(t)
	o.client.Post("/environments/e1/cookbook_versions", `{"run_list":["foo"]}`).Want(t, 412,
		`{"error":[{"message":"<string>","unsatisfiable_run_list_item":"(foo >= 0.0.0)","<more>":0}]}`)
	// The first item is blamed after which nothing can be solved.
	o.cookbook(t, "good", "1.0.0")
	o.super.Put("/cookbooks/foo/1.2.3", cookbookDeps("foo", "1.2.3", `"bar":"= 9.0.0"`)).Ok(t)
	o.client.Post(solveAt, `{"run_list":["good","foo"]}`).Want(t, 412, `{"error":[{"unsatisfiable_run_list_item":"(foo >= 0.0.0)","<more>":0}]}`)
	o.super.Delete("/environments/e1").Ok(t)
	o.dropCookbooks(t)
}

func depsolverPermissions(t *testing.T, o *org) {
	o.depends(t, "a", "1.0.0", `"b":">= 0.0.0"`)
	o.cookbook(t, "b", "1.0.0")
	o.super.Post("/environments", `{"name":"e1"}`).Ok(t)
	const at = "/environments/e1/cookbook_versions"
	o.grants(t, []access{{"POST", at, `{"run_list":["a"]}`, 200, everybody, "read", nil}})
	o.super.Put("/cookbooks/b/_acl/read", ace("read", `"$super"`, ``)).Ok(t)
	o.client.Post(at, `{"run_list":["a"]}`).Want(t, 403,
		`{"error":[{"message":"Read permission is not granted for one or more cookbooks","unauthorized_cookbooks":["b"]}]}`)
	o.super.Put("/cookbooks/a/_acl/read", ace("read", `"$super"`, ``)).Ok(t)
	o.client.Post(at, `{"run_list":["a"]}`).Want(t, 403,
		`{"error":[{"message":"Read permission is not granted for one or more cookbooks","unauthorized_cookbooks":["<unordered>","a","b"]}]}`)
	o.super.Post(at, `{"run_list":["a"]}`).Want(t, 200, "")
	o.super.Put("/environments/e1/_acl/read", ace("read", `"$super"`, ``)).Ok(t)
	o.client.Post(at, `{"run_list":[]}`).WantMissing(t, "read")
	o.super.Delete("/environments/e1").Ok(t)
	o.super.Put("/containers/cookbooks/_acl/read", ace("read", `"$super"`, `"admins","users"`)).Ok(t)
	o.client.Post(solveAt, `{"run_list":[]}`).WantMissing(t, "read")
	o.super.Put("/containers/cookbooks/_acl/read", ace("read", `"$super"`, `"admins","users","clients"`)).Ok(t)
	o.dropCookbooks(t)
}
