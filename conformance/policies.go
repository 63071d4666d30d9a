package conformance

import (
	"strings"
	"testing"
)

func testPolicies(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"life", policyLife},
		{"validation", policyValidation},
		{"permissions", policyPermissions},
		{"groups", policyGroupLife},
		{"associations", policyAssociation},
		{"association validation", policyAssociationValidation},
		{"association permissions", policyAssociationPermissions},
	})
}

func policyLife(t *testing.T, o *org) {
	body, body2 := policyBody("p1", "r1"), policyBody("p1", "r2")
	o.user.Get("/policies").Want(t, 200, `{}`)
	for _, path := range []string{"/policies/p1", "/policies/p1/revisions/r1"} {
		o.user.Get(path).WantEmpty(t, 404)
		o.user.Delete(path).WantEmpty(t, 404)
	}
	o.user.Post("/policies/p1/revisions", body).Want(t, 201, body).Location(t, "$org/policies/p1")
	o.user.Post("/policies/p1/revisions", body).Want(t, 409, "")
	o.user.Get("/policies").Want(t, 200, `{"p1":{"uri":"$org/policies/p1","revisions":{"r1":{}}}}`)
	o.user.Get("/policies/p1").Want(t, 200, `{"revisions":{"r1":{}}}`)
	o.user.Get("/policies/p1/revisions/r1").Want(t, 200, strings.TrimSuffix(body, "}")+`,"policy_group_list":[]}`)
	o.user.Post("/policies/p1/revisions", body2).Want(t, 201, body2)
	o.user.Get("/policies").Want(t, 200, `{"p1":{"uri":"$org/policies/p1","revisions":{"r1":{},"r2":{}}}}`)
	o.user.Get("/policies/p1").Want(t, 200, `{"revisions":{"r1":{},"r2":{}}}`)
	o.user.Get("/policies/p1/revisions/none").WantEmpty(t, 404)
	o.user.Delete("/policies/p1/revisions/none").WantEmpty(t, 404)
	o.user.Delete("/policies/p1/revisions/r1").Want(t, 200, body)
	o.user.Get("/policies/p1/revisions/r1").WantEmpty(t, 404)
	o.user.Delete("/policies/p1").Want(t, 200, `{"revisions":{"r2":{}}}`)
	o.user.Get("/policies/p1").WantEmpty(t, 404)
	o.user.Get("/policies/p1/revisions/r2").WantEmpty(t, 404)
	// A policy outlives its last revision, though no list shows it.
	o.user.Post("/policies/p1/revisions", body).Ok(t)
	o.user.Delete("/policies/p1/revisions/r1").Ok(t)
	o.user.Get("/policies").Want(t, 200, `{}`)
	o.user.Get("/policies/p1").Want(t, 200, `{}`)
	o.user.Delete("/policies/p1").Want(t, 200, `{}`)

	long := strings.Repeat("a", 255)
	o.user.Post("/policies/"+long+"/revisions", policyBody(long, long)).Want(t, 201, "")
	o.user.Get("/policies/"+long+"/revisions/"+long).Want(t, 200, "")
	o.user.Delete("/policies/" + long).Ok(t)
	extra := `{"name":"p:1.a_b-c","revision_id":"r:1.a_b-c","run_list":[],"cookbook_locks":{},"named_run_lists":{"x":["recipe[a::b]"]},
		"default_attributes":{"a":1},"override_attributes":{},"solution_dependencies":{"Policyfile":[["a",">= 0.0.0"]]},"included_policy_locks":[]}`
	o.user.Post("/policies/p:1.a_b-c/revisions", extra).Want(t, 201, extra)
	o.user.Delete("/policies/p:1.a_b-c/revisions/r:1.a_b-c").Want(t, 200, extra)
	o.user.Delete("/policies/p:1.a_b-c").Ok(t)
}

// policyFaults are documents that are no revision of policy p1.
func policyFaults() []refusal {
	with := func(runList, locks string) string {
		return `{"name":"p1","revision_id":"r1","run_list":` + runList + `,"cookbook_locks":` + locks + `}`
	}
	lock := func(lock string) string { return with(`[]`, `{"a":{`+lock+`}}`) }
	long := strings.Repeat("a", 256)
	faults := []refusal{
		{``, "invalid JSON"},
		{`{`, "invalid JSON"},
		{`[]`, "Incorrect JSON type for request body"},
		{`{"name":"p1","run_list":[],"cookbook_locks":{}}`, "Field 'revision_id' missing"},
		{`{"name":"p1","revision_id":"a b","run_list":[],"cookbook_locks":{}}`, "Field 'revision_id' invalid"},
		{`{"name":"p1","revision_id":"` + long + `","run_list":[],"cookbook_locks":{}}`, "Field 'revision_id' invalid"},
		{`{"revision_id":"r1","run_list":[],"cookbook_locks":{}}`, "Field 'name' missing"},
		{`{"name":"a b","revision_id":"r1","run_list":[],"cookbook_locks":{}}`, "Field 'name' invalid"},
		{`{"name":"` + long + `","revision_id":"r1","run_list":[],"cookbook_locks":{}}`, "Field 'name' invalid"},
		{`{"name":"p2","revision_id":"r1","run_list":[],"cookbook_locks":{}}`, "Field 'name' invalid : p1 does not match p2"},
		{`{"name":"p1","revision_id":"r1","cookbook_locks":{}}`, "Field 'run_list' missing"},
		{`{"name":"p1","revision_id":"r1","run_list":[]}`, "Field 'cookbook_locks' missing"},
		{with(`[]`, `[]`), "Field 'cookbook_locks' invalid"},
		{with(`[]`, `{"a b":{}}`), "Invalid key 'a b' for cookbook_locks"},
		{lock(`"version":"1.0.0"`), "Field 'identifier' missing"},
		{lock(`"version":"1.0.0","identifier":"a b"`), "Field 'identifier' invalid"},
		{lock(`"version":"1.0.0","identifier":"` + long + `"`), "Field 'identifier' invalid"},
		{lock(`"identifier":"a"`), "Field 'version' missing"},
		{lock(`"identifier":"a","version":"x"`), "Field 'version' is not a valid version"},
		{lock(`"identifier":"a","version":"1.0.0","dotted_decimal_identifier":"x"`), "Field 'dotted_decimal_identifier' is not a valid version"},
		{lock(`"identifier":"a","version":"1.0.0","dotted_decimal_identifier":"1.2.3.4"`), "Field 'dotted_decimal_identifier' is not a valid version"},
		{lock(`"identifier":"a","version":"1.0.0","dotted_decimal_identifier":"9223372036854775808.1.1"`), "Field 'dotted_decimal_identifier' is not a valid version"},
	}
	for _, list := range []string{`"x"`, `{}`, `[1]`, `["a"]`, `["a::b"]`, `["recipe[a]"]`, `["recipe[a::b@1.0.0]"]`, `["role[a]"]`, `["recipe[a::b::c]"]`, `["recipe[a::b"]`} {
		faults = append(faults, refusal{with(list, `{}`), "Field 'run_list' is not a valid run list"})
	}
	return faults
}

func policyValidation(t *testing.T, o *org) {
	o.user.rejects(t, "POST", "/policies/p1/revisions", policyFaults())
	o.user.Get("/policies").Want(t, 200, `{}`)
	o.user.Get("/policies/p1").Want(t, 404, "")
}

func policyPermissions(t *testing.T, o *org) {
	const at = "/policies/p1"
	drop := func() { o.super.Delete(at) }
	o.grants(t, []access{{"POST", at + "/revisions", policyBody("p1", "r1"), 201, ordinary, "create", drop}})
	put := func() { o.super.Post(at+"/revisions", policyBody("p1", "r1")) }
	put()
	o.grants(t, []access{
		{"GET", "/policies", "", 200, everybody, "read", nil},
		{"GET", at, "", 200, everybody, "read", nil},
		{"GET", at + "/revisions/r1", "", 200, everybody, "read", nil},
		{"POST", at + "/revisions", policyBody("p1", "r2"), 201, ordinary, "create", func() { o.super.Delete(at + "/revisions/r2") }},
		{"DELETE", at + "/revisions/r1", "", 200, ordinary, "delete", put},
		{"DELETE", at, "", 200, ordinary, "delete", put},
	})
	o.super.Put(at+"/_acl/create", ace("create", `"$super","$client"`, ``)).Ok(t)
	o.user.Post(at+"/revisions", policyBody("p1", "r2")).WantMissing(t, "create")
	o.client.Post(at+"/revisions", policyBody("p1", "r2")).Want(t, 201, "")
	drop()
}

func policyGroupLife(t *testing.T, o *org) {
	const missing = "policy_group 'g1' not found"
	o.user.Get("/policy_groups").Want(t, 200, `{}`)
	o.user.Get("/policy_groups/g1").WantError(t, 404, missing)
	o.user.Delete("/policy_groups/g1").WantError(t, 404, missing)
	o.user.Put("/policy_groups/g1/policies/p1", policyBody("p1", "r1")).Want(t, 201, "")
	o.user.Put("/policy_groups/g1/policies/p2", policyBody("p2", "r1")).Want(t, 201, "")
	o.user.Put("/policy_groups/g2/policies/p1", policyBody("p1", "r2")).Want(t, 201, "")
	g1 := `{"uri":"$org/policy_groups/g1","policies":{"p1":{"revision_id":"r1"},"p2":{"revision_id":"r1"}}}`
	g2 := `{"uri":"$org/policy_groups/g2","policies":{"p1":{"revision_id":"r2"}}}`
	o.user.Get("/policy_groups").Want(t, 200, `{"g1":`+g1+`,"g2":`+g2+`}`)
	o.user.Get("/policy_groups/g1").Want(t, 200, g1)
	o.user.Get("/policies").Want(t, 200, `{"p1":{"uri":"$org/policies/p1","revisions":{"r1":{},"r2":{}}},"p2":{"uri":"$org/policies/p2","revisions":{"r1":{}}}}`)
	// A policy takes its associations along, a group leaves its policies.
	o.user.Delete("/policies/p1").Ok(t)
	o.user.Get("/policy_groups").Want(t, 200, `{"g1":{"uri":"$org/policy_groups/g1","policies":{"p2":{"revision_id":"r1"}}},"g2":{"uri":"$org/policy_groups/g2"}}`)
	o.user.Get("/policy_groups/g2").Want(t, 200, `{"uri":"$org/policy_groups/g2","policies":{}}`)
	o.user.Delete("/policy_groups/g1").Want(t, 200, `{"uri":"$org/policy_groups/g1","policies":{"p2":{"revision_id":"r1"}}}`)
	o.user.Get("/policy_groups/g1").WantError(t, 404, missing)
	o.user.Get("/policies/p2").Want(t, 200, `{"revisions":{"r1":{}}}`)
	o.user.Delete("/policy_groups/g2").Ok(t)
	o.user.Delete("/policies/p2").Ok(t)
	o.grants(t, []access{{"GET", "/policy_groups", "", 200, everybody, "read", nil}})
}

func policyAssociation(t *testing.T, o *org) {
	const at = "/policy_groups/g1/policies/p1"
	const missing = "Cannot load policy p1 in policy group g1"
	body, body2 := policyBody("p1", "r1"), policyBody("p1", "r2")
	o.user.Get(at).WantError(t, 404, missing)
	o.user.Delete(at).WantError(t, 404, missing)
	o.user.Put(at, body).Want(t, 201, body)
	o.user.Get(at).Want(t, 200, body)
	o.user.Put(at, body).Want(t, 200, body)
	o.user.Put(at, body2).Want(t, 200, body2)
	o.user.Get(at).Want(t, 200, body2)
	o.user.Get("/policies/p1").Want(t, 200, `{"revisions":{"r1":{},"r2":{}}}`)
	o.user.Get("/policies/p1/revisions/r2").Want(t, 200, strings.TrimSuffix(body2, "}")+`,"policy_group_list":["g1"]}`)
	o.user.Put("/policy_groups/g2/policies/p1", body2).Want(t, 201, "")
	o.user.Get("/policies/p1/revisions/r2").Want(t, 200, strings.TrimSuffix(body2, "}")+`,"policy_group_list":["<unordered>","g1","g2"]}`)
	// A revision that exists is taken as it is, whatever the request says.
	o.user.Put(at, `{"name":"p1","revision_id":"r1","run_list":["recipe[other::one]"],"cookbook_locks":{}}`).Want(t, 200, "")
	o.user.Get(at).Want(t, 200, body)
	o.user.Delete("/policies/p1/revisions/r1").Want(t, 200, body)
	o.user.Get(at).WantError(t, 404, missing)
	o.user.Get("/policy_groups/g1").Want(t, 200, `{"uri":"$org/policy_groups/g1","policies":{}}`)
	o.user.Put(at, body2).Want(t, 201, body2)
	o.user.Delete(at).Want(t, 200, body2)
	o.user.Get(at).WantError(t, 404, missing)
	o.user.Get("/policies/p1/revisions/r2").Want(t, 200, "")
	o.user.Delete("/policy_groups/g1").Ok(t)
	o.user.Delete("/policy_groups/g2").Ok(t)
	o.user.Delete("/policies/p1").Ok(t)

	o.user.Put(at, strings.TrimSuffix(body, "}")+`,"policy_group":"g9"}`).Want(t, 201, "")
	o.user.Get(at).Want(t, 200, body)
	o.user.Delete("/policy_groups/g1").Ok(t)
	o.user.Delete("/policies/p1").Ok(t)
}

func policyAssociationValidation(t *testing.T, o *org) {
	const at = "/policy_groups/g1/policies/p1"
	o.user.rejects(t, "PUT", at, policyFaults())
	o.user.Get("/policy_groups").Want(t, 200, `{}`)
	o.user.Get("/policies").Want(t, 200, `{}`)
	o.user.Put(at, policyBody("p1", "r1")).Ok(t)
	o.user.rejects(t, "PUT", at, policyFaults())
	o.user.Get(at).Want(t, 200, policyBody("p1", "r1"))
	o.user.Delete("/policy_groups/g1").Ok(t)
	o.user.Delete("/policies/p1").Ok(t)
	// The group is the one thing that only the path names.
	for _, name := range []string{"a%20b", "a%2Fb", "%C3%BC", "a%00", strings.Repeat("g", 256)} {
		o.user.rejectsAll(t, "PUT", "/policy_groups/"+name+"/policies/p1", policyBody("p1", "r1"))
	}
	o.user.Get("/policy_groups").Want(t, 200, `{}`)
	o.user.Get("/policies").Want(t, 200, `{}`)
	o.user.Put("/policy_groups/"+strings.Repeat("g", 255)+"/policies/p1", policyBody("p1", "r1")).Want(t, 201, "")
	o.user.Delete("/policy_groups/" + strings.Repeat("g", 255)).Ok(t)
	o.user.Delete("/policies/p1").Ok(t)
}

func policyAssociationPermissions(t *testing.T, o *org) {
	const at = "/policy_groups/g1/policies/p1"
	body := policyBody("p1", "r1")
	drop := func() {
		o.super.Delete("/policy_groups/g1")
		o.super.Delete("/policies/p1")
	}
	o.grants(t, []access{{"PUT", at, body, 201, ordinary, "create", drop}})
	put := func() { o.super.Put(at, body) }
	put()
	o.grants(t, []access{
		{"GET", at, "", 200, everybody, "read", nil},
		{"GET", "/policy_groups/g1", "", 200, everybody, "read", nil},
		{"PUT", at, body, 200, ordinary, "update", nil},
		{"DELETE", at, "", 200, ordinary, "delete", put},
		{"DELETE", "/policy_groups/g1", "", 200, ordinary, "delete", put},
	})
	// It takes the permission on both, and a refusal leaves nothing behind.
	for _, object := range []string{"/policies/p1", "/policy_groups/g1"} {
		for perm, method := range map[string]string{"read": "GET", "update": "PUT", "delete": "DELETE"} {
			o.super.Put(object+"/_acl/"+perm, ace(perm, `"$super"`, ``)).Ok(t)
			o.user.Do(method, at, bodyFor(method, body)).WantMissing(t, perm)
			o.super.Put(object+"/_acl/"+perm, ace(perm, `"$super"`, `"users"`)).Ok(t)
		}
	}
	o.super.Put("/policies/p1/_acl/update", ace("update", `"$super"`, ``)).Ok(t)
	o.user.Put("/policy_groups/fresh/policies/p1", body).WantMissing(t, "update")
	o.super.Get("/policy_groups/fresh").Want(t, 404, "")
	o.super.Put("/policy_groups/g1/_acl/update", ace("update", `"$super"`, ``)).Ok(t)
	o.user.Put("/policy_groups/g1/policies/fresh", policyBody("fresh", "r1")).WantMissing(t, "update")
	o.super.Get("/policies/fresh").Want(t, 404, "")
	drop()
}
