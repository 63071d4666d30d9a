package conformance

import (
	"strings"
	"testing"
)

const emptyRole = `{"name":"r1","description":"","json_class":"Chef::Role","chef_type":"role",
	"default_attributes":{},"override_attributes":{},"run_list":[],"env_run_lists":{}}`

func testRoles(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"life", roleLife},
		{"defaults", roleDefaults},
		{"validation", roleValidation},
		{"environments", roleEnvironments},
	})
}

func roleLife(t *testing.T, o *org) {
	const missing = "Cannot load role r1"
	o.user.Get("/roles").Want(t, 200, `{}`)
	o.user.Post("/roles", emptyRole).WantCreated(t, "$org/roles/r1")
	o.user.Post("/roles", emptyRole).WantError(t, 409, "Role already exists")
	o.user.Get("/roles").Want(t, 200, `{"r1":"$org/roles/r1"}`)
	o.user.Get("/roles/r1").Want(t, 200, emptyRole)
	o.user.Put("/roles/r1", emptyRole).Want(t, 200, emptyRole)
	o.user.Put("/roles/r1", `{"description":"d"}`).Want(t, 200, `{"name":"r1","description":"d","<more>":0}`)
	o.user.Delete("/roles/r1").Want(t, 200, `{"name":"r1","description":"d","json_class":"Chef::Role","chef_type":"role",
		"default_attributes":{},"override_attributes":{},"run_list":[],"env_run_lists":{}}`)
	o.user.Get("/roles/r1").WantError(t, 404, missing)
	o.user.Put("/roles/r1", emptyRole).WantError(t, 404, missing)
	o.user.Delete("/roles/r1").WantError(t, 404, missing)
}

func roleDefaults(t *testing.T, o *org) {
	bare := `{"name":"r1","json_class":"Chef::Role","chef_type":"role",
		"default_attributes":{},"override_attributes":{},"run_list":[],"env_run_lists":{}}`
	o.user.Post("/roles", `{"name":"r1"}`).WantCreated(t, "$org/roles/r1")
	o.user.Get("/roles/r1").Want(t, 200, bare)
	full := `{"name":"r1","description":"d","json_class":"Chef::Role","chef_type":"role",
		"default_attributes":{"a":{"b":[1]}},"override_attributes":{"c":null},
		"run_list":["recipe[a]","role[b]"],"env_run_lists":{"_default":["recipe[x]"],"prod":["recipe[y::z@1.0]"],"void":[]}}`
	o.user.Put("/roles/r1", full).Want(t, 200, full)
	o.user.Get("/roles/r1").Want(t, 200, full)
	o.user.Put("/roles/r1", `{"run_list":["a","recipe[a]"],"env_run_lists":{"prod":["b","b"]}}`).
		Want(t, 200, `{"run_list":["recipe[a]"],"env_run_lists":{"prod":["recipe[b]"]},"<more>":0}`)
	o.user.Put("/roles/r1", `{}`).Want(t, 200, bare)
	o.user.Delete("/roles/r1").Ok(t)
}

var roleFaults = []refusal{
	{``, "invalid JSON"},
	{`{"name":`, "invalid JSON"},
	{`{"name":"r1","frob":1}`, "Invalid key frob in request body"},
	{`{"name":"r1","json_class":"Chef::Node"}`, "Field 'json_class' invalid"},
	{`{"name":"r1","chef_type":"node"}`, "Field 'chef_type' invalid"},
	{`{"name":"r1","default_attributes":[]}`, "Field 'default_attributes' is not a hash"},
	{`{"name":"r1","override_attributes":"x"}`, "Field 'override_attributes' is not a hash"},
	{`{"name":"r1","run_list":"a"}`, "Field 'run_list' is not a valid run list"},
	{`{"name":"r1","run_list":["a b"]}`, "Field 'run_list' is not a valid run list"},
	{`{"name":"r1","run_list":[{}]}`, "Field 'run_list' is not a valid run list"},
	{`{"name":"r1","env_run_lists":[]}`, "Field 'env_run_lists' contains invalid run lists"},
	{`{"name":"r1","env_run_lists":{"prod":"a"}}`, "Field 'env_run_lists' contains invalid run lists"},
	{`{"name":"r1","env_run_lists":{"prod":["a b"]}}`, "Field 'env_run_lists' contains invalid run lists"},
	{`{"name":"r1","env_run_lists":{"a b":[]}}`, "Invalid key 'a b' for env_run_lists"},
	{`{"name":"r1","json_class":"x","chef_type":"x"}`, "Field 'json_class' invalid"},
	{`{"name":"r1","run_list":1,"env_run_lists":1}`, "Field 'run_list' is not a valid run list"},
}

func roleValidation(t *testing.T, o *org) {
	o.user.rejects(t, "POST", "/roles", roleFaults)
	o.user.rejects(t, "POST", "/roles", []refusal{
		{`{}`, "Field 'name' missing"},
		{`{"name":"a b"}`, "Field 'name' invalid"},
		{`{"name":""}`, "Field 'name' invalid"},
		{`{"name":7}`, "Field 'name' invalid"},
	})
	o.user.Get("/roles").Want(t, 200, `{}`)
	o.user.Post("/roles", emptyRole).Ok(t)
	o.user.rejects(t, "PUT", "/roles/r1", roleFaults)
	o.user.rejects(t, "PUT", "/roles/r1", []refusal{{`{"name":"r2"}`, "Role name mismatch."}})
	o.user.Get("/roles/r1").Want(t, 200, emptyRole)
	o.user.Delete("/roles/r1").Ok(t)
}

func roleEnvironments(t *testing.T, o *org) {
	o.user.Post("/environments", `{"name":"prod"}`).Ok(t)
	o.user.Post("/environments", `{"name":"test"}`).Ok(t)
	o.user.Post("/roles", `{"name":"r1","run_list":["a"],"env_run_lists":{"prod":["b"],"ghost":["c"]}}`).Ok(t)
	o.user.Get("/roles/r1/environments").Want(t, 200, `["_default","ghost","prod"]`)
	for _, path := range []string{"/roles/r1/environments/%", "/environments/%/roles/r1"} {
		for env, list := range map[string]string{"_default": `["recipe[a]"]`, "prod": `["recipe[b]"]`, "test": `null`} {
			o.user.Get(strings.Replace(path, "%", env, 1)).Want(t, 200, `{"run_list":`+list+`}`)
		}
		o.user.Get(strings.Replace(path, "%", "ghost", 1)).WantError(t, 404, "Cannot load environment ghost")
	}
	for _, path := range []string{"/roles/none/environments", "/roles/none/environments/prod", "/environments/ghost/roles/none"} {
		o.user.Get(path).WantError(t, 404, "Cannot load role none")
	}
	o.user.Put("/roles/r1", `{"env_run_lists":{"_default":["x"]}}`).Ok(t)
	o.user.Get("/roles/r1/environments").Want(t, 200, `["_default"]`)
	o.user.Get("/roles/r1/environments/_default").Want(t, 200, `{"run_list":[]}`)
	o.user.Delete("/roles/r1").Ok(t)
}
