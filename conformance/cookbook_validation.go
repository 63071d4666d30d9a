package conformance

import (
	"fmt"
	"testing"
)

func cookbookValidation(t *testing.T, o *org) {
	const at = "/cookbooks/c1/1.0.0"
	faults := cookbookFaults()
	o.user.rejects(t, "PUT", at, faults)
	o.user.Get("/cookbooks").Want(t, 200, `{}`)
	o.cookbook(t, "c1", "1.0.0")
	o.user.rejects(t, "PUT", at, faults)
	o.user.Get(at).Want(t, 200, shownC1)
	o.user.rejects(t, "PUT", "/cookbooks/a:b/1.0.0", []refusal{{cookbookBody("a:b", "1.0.0", ""),
		"Invalid cookbook name 'a:b' using regex: 'Malformed cookbook name. Must only contain A-Z, a-z, 0-9, _, . or -'."}})
	o.user.rejects(t, "PUT", "/cookbooks/c1/2.0.0", []refusal{{cookbookBody("c1", "1.0.0", ""), "Field 'name' invalid"}})
	allFiles := func(more string) string { return cookbookBody("c1", "1.0.0", more) }
	o.user.v(2).rejects(t, "PUT", at, []refusal{
		{allFiles(`,"recipes":[]`), "Invalid key recipes in request body"},
		{allFiles(`,"all_files":{}`), "Field 'all_files' invalid"},
		{allFiles(`,"all_files":[1]`), "Invalid element in array value of 'all_files'."},
		{allFiles(`,"all_files":[{"name":"a"}]`), "Invalid element in array value of 'all_files'."},
	})
	o.dropCookbooks(t)
}

var cookbookSegments = []string{"attributes", "definitions", "files", "libraries", "providers", "recipes", "resources", "root_files", "templates"}

// cookbookFaults are bodies that neither create nor update version 1.0.0 of c1.
func cookbookFaults() []refusal {
	top := func(more string) string { return cookbookBody("c1", "1.0.0", more) }
	meta := func(metadata string) string { return cookbookWith("c1", "1.0.0", metadata, "") }
	faults := []refusal{
		{``, "invalid JSON"},
		{`{"name":`, "invalid JSON"},
		{top(`,"frob":1`), "Invalid key frob in request body"},
		{`{"frob":1}`, "Invalid key frob in request body"},
		{`{"cookbook_name":"c1","metadata":{"version":"1.0.0"}}`, "Field 'name' missing"},
		{`{"name":"c2-1.0.0","cookbook_name":"c1","metadata":{"version":"1.0.0"}}`, "Field 'name' invalid"},
		{`{"name":"c1-1.0","cookbook_name":"c1","metadata":{"version":"1.0.0"}}`, "Field 'name' invalid"},
		{`{"name":"c1-1.0.0","metadata":{"version":"1.0.0"}}`, "Field 'cookbook_name' missing"},
		{`{"name":"c1-1.0.0","cookbook_name":"c2","metadata":{"version":"1.0.0"}}`, "Field 'cookbook_name' invalid"},
		{`{"name":"c1-1.0.0","cookbook_name":"c1","json_class":"Chef::Role","metadata":{"version":"1.0.0"}}`, "Field 'json_class' invalid"},
		{`{"name":"c1-1.0.0","cookbook_name":"c1","chef_type":"role","metadata":{"version":"1.0.0"}}`, "Field 'chef_type' invalid"},
		{`{"name":"c1-1.0.0","cookbook_name":"c1"}`, "Field 'metadata' missing"},
		{`{"name":"c1-1.0.0","cookbook_name":"c1","metadata":{}}`, "Field 'metadata.version' missing"},
		{meta(`"version":"1.0"`), "Field 'metadata.version' invalid"},
		{meta(`"version":"2.0.0"`), "Field 'metadata.version' invalid"},
		{meta(`"version":1`), "Field 'metadata.version' invalid"},
		{meta(`"version":"1.0.0","name":"a b"`), "Field 'metadata.name' invalid"},
		{`{"name":"c1-1.0.0","cookbook_name":"c1","version":"1.0","metadata":{"version":"1.0.0"}}`, "Field 'version' invalid"},
	}
	faults = append(faults, refusal{meta(`"version":"1.0.0","groupings":"x"`), "Field 'metadata.groupings' invalid"})
	for _, f := range []string{"description", "long_description", "maintainer", "maintainer_email", "license"} {
		faults = append(faults, refusal{meta(fmt.Sprintf(`"version":"1.0.0",%q:1`, f)), "Field 'metadata." + f + "' invalid"})
	}
	for _, f := range []string{"platforms", "dependencies", "recommendations", "suggestions", "conflicting", "replacing"} {
		faults = append(faults,
			refusal{meta(fmt.Sprintf(`"version":"1.0.0",%q:"x"`, f)), "Field 'metadata." + f + "' invalid"},
			refusal{meta(fmt.Sprintf(`"version":"1.0.0",%q:{"a b":"1.0"}`, f)), "Invalid key 'a b' for metadata." + f},
			refusal{meta(fmt.Sprintf(`"version":"1.0.0",%q:{"a":"frob"}`, f)), "Invalid value 'frob' for metadata." + f},
			refusal{meta(fmt.Sprintf(`"version":"1.0.0",%q:{"a":">=1.0"}`, f)), "Invalid value '>=1.0' for metadata." + f},
		)
	}
	for value, printed := range map[string]string{
		`null`: `null`, `1`: `1`, `[]`: `[]`, `{}`: `{[]}`, `["> 1.0"]`: `[<<"> 1.0">>]`,
	} {
		faults = append(faults, refusal{meta(`"version":"1.0.0","dependencies":{"a":` + value + `}`), "Invalid value '" + printed + "' for metadata.dependencies"})
	}
	for _, s := range cookbookSegments {
		faults = append(faults,
			refusal{top(fmt.Sprintf(`,%q:"x"`, s)), "Field '" + s + "' invalid"},
			refusal{top(fmt.Sprintf(`,%q:["x"]`, s)), "Invalid element in array value of '" + s + "'."},
			refusal{top(fmt.Sprintf(`,%q:[{"name":"a","path":"a","checksum":"x"}]`, s)), "Invalid element in array value of '" + s + "'."},
			refusal{top(fmt.Sprintf(`,%q:[{"name":"a","path":1,"checksum":"x","specificity":"d"}]`, s)), "Invalid element in array value of '" + s + "'."},
		)
	}
	return faults
}

func cookbooksInEnvironment(t *testing.T, o *org) {
	for _, v := range []string{"1.0.0", "1.5.0", "2.0.0"} {
		o.cookbook(t, "c1", v)
	}
	o.cookbook(t, "c2", "1.0.0")
	o.super.Post("/environments", `{"name":"e1","cookbook_versions":{"c1":"< 2.0"}}`).Ok(t)
	at := func(c, v string) string { return `{"version":"` + v + `","url":"$org/cookbooks/` + c + `/` + v + `"}` }
	entry := func(c, versions string) string {
		return `"` + c + `":{"url":"$org/cookbooks/` + c + `","versions":[` + versions + `]}`
	}
	for _, row := range [][2]string{
		{"_default/cookbooks", entry("c1", at("c1", "2.0.0")) + "," + entry("c2", at("c2", "1.0.0"))},
		{"e1/cookbooks", entry("c1", at("c1", "1.5.0")) + "," + entry("c2", at("c2", "1.0.0"))},
		{"e1/cookbooks?num_versions=all", entry("c1", at("c1", "1.5.0")+","+at("c1", "1.0.0")) + "," + entry("c2", at("c2", "1.0.0"))},
		{"e1/cookbooks?num_versions=0", entry("c1", "") + "," + entry("c2", "")},
		{"e1/cookbooks/c1", entry("c1", at("c1", "1.5.0")+","+at("c1", "1.0.0"))},
		{"e1/cookbooks/c1?num_versions=1", entry("c1", at("c1", "1.5.0"))},
		{"e1/cookbooks/c1?num_versions=0", entry("c1", "")},
		{"_default/cookbooks/c1?num_versions=2", entry("c1", at("c1", "2.0.0")+","+at("c1", "1.5.0"))},
	} {
		o.user.Get("/environments/"+row[0]).Want(t, 200, "{"+row[1]+"}")
	}
	// What matches nothing is left out, unless nothing matches at all.
	o.super.Put("/environments/e1", `{"name":"e1","cookbook_versions":{"c1":"= 9.0.0"}}`).Ok(t)
	o.user.Get("/environments/e1/cookbooks").Want(t, 200, "{"+entry("c2", at("c2", "1.0.0"))+"}")
	o.user.Get("/environments/e1/cookbooks/c1").Want(t, 200, "{"+entry("c1", "")+"}")
	o.super.Put("/environments/e1", `{"name":"e1","cookbook_versions":{"c1":"= 9.0.0","c2":"> 1.0.0"}}`).Ok(t)
	o.user.Get("/environments/e1/cookbooks").Want(t, 200, "{"+entry("c1", "")+","+entry("c2", "")+"}")
	o.user.Get("/environments/e1/cookbooks/none").WantError(t, 404, "Cannot find a cookbook named none")
	o.user.Get("/environments/none/cookbooks/c1").WantError(t, 404, "Cannot load environment none")
	o.user.Get("/environments/none/cookbooks/none").WantError(t, 404, "Cannot load environment none")
	o.user.Get("/environments/none/cookbooks").WantError(t, 404, "Cannot load environment none")
	// The environment's ACL decides, the cookbooks' does not.
	o.super.Put("/environments/e1/_acl/read", ace("read", `"$super"`, ``)).Ok(t)
	for _, path := range []string{"/environments/e1/cookbooks", "/environments/e1/cookbooks/c1", "/environments/e1/recipes"} {
		o.user.Get(path).WantMissing(t, "read")
		o.deniesOutsiders(t, "GET", path, "")
	}
	o.super.Delete("/environments/e1").Ok(t)
	o.dropCookbooks(t)
}
