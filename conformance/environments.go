package conformance

import "testing"

const (
	emptyEnvironment = `{"name":"e1","description":"","json_class":"Chef::Environment","chef_type":"environment",
		"default_attributes":{},"override_attributes":{},"cookbook_versions":{}}`
	defaultEnvironment = `{"name":"_default","description":"The default Chef environment",
		"json_class":"Chef::Environment","chef_type":"environment",
		"default_attributes":{},"override_attributes":{},"cookbook_versions":{}}`
)

func testEnvironments(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"default", environmentDefault},
		{"life", environmentLife},
		{"rename", environmentRename},
		{"validation", environmentValidation},
		{"constraints", environmentConstraints},
		{"nodes", environmentNodes},
	})
}

func environmentDefault(t *testing.T, o *org) {
	o.user.Get("/environments").Want(t, 200, `{"_default":"$org/environments/_default"}`)
	o.user.Get("/environments/_default").Want(t, 200, defaultEnvironment)
	o.user.Post("/environments", `{"name":"_default"}`).WantError(t, 409, "Environment already exists")
	// Refused by method, so before anybody asks who is calling.
	for _, who := range []actor{o.super, o.user, o.outsider, o.stranger, o.user.unsigned()} {
		for _, method := range []string{"PUT", "DELETE"} {
			res := who.Do(method, "/environments/_default", `{"name":"_default"}`).
				WantError(t, 405, "The '_default' environment cannot be modified.")
			if got := res.header.Get("Allow"); got != "GET" {
				t.Errorf("%s: Allow is %q, want GET", res, got)
			}
		}
	}
	o.user.Get("/environments/_default").Want(t, 200, defaultEnvironment)
}

func environmentLife(t *testing.T, o *org) {
	const missing = "Cannot load environment e1"
	o.user.Post("/environments", emptyEnvironment).WantCreated(t, "$org/environments/e1")
	o.user.Post("/environments", emptyEnvironment).WantError(t, 409, "Environment already exists")
	o.user.Get("/environments").Want(t, 200, `{"_default":"$org/environments/_default","e1":"$org/environments/e1"}`)
	o.user.Get("/environments/e1").Want(t, 200, emptyEnvironment)
	full := `{"name":"e1","description":"d","json_class":"Chef::Environment","chef_type":"environment",
		"default_attributes":{"a":{"b":1}},"override_attributes":{"c":[true]},"cookbook_versions":{"nginx":">= 1.2"}}`
	o.user.Put("/environments/e1", full).Want(t, 200, full)
	o.user.Get("/environments/e1").Want(t, 200, full)
	o.user.Put("/environments/e1", `{"name":"e1"}`).Want(t, 200, emptyEnvironment)
	o.user.Get("/environments/e1").Want(t, 200, emptyEnvironment)
	o.user.Delete("/environments/e1").Want(t, 200, emptyEnvironment)
	o.user.Get("/environments/e1").WantError(t, 404, missing)
	o.user.Put("/environments/e1", emptyEnvironment).WantError(t, 404, missing)
	o.user.Delete("/environments/e1").WantError(t, 404, missing)
	o.user.Post("/environments", `{"name":"e1"}`).WantCreated(t, "$org/environments/e1")
	o.user.Get("/environments/e1").Want(t, 200, emptyEnvironment)
	o.user.Delete("/environments/e1").Ok(t)
}

func environmentRename(t *testing.T, o *org) {
	o.user.Post("/environments", `{"name":"e1","description":"kept"}`).Ok(t)
	o.user.Post("/environments", `{"name":"e2"}`).Ok(t)
	o.user.Post("/nodes", `{"name":"n1","chef_environment":"e1"}`).Ok(t)
	o.user.Put("/environments/e1", `{"name":"e2"}`).WantError(t, 409, "Environment already exists")
	o.user.Put("/environments/e1", `{"name":"e3","description":"new"}`).
		Want(t, 201, `{"name":"e3","description":"new","<more>":0}`).Location(t, "$org/environments/e3")
	o.user.Get("/environments/e1").WantError(t, 404, "Cannot load environment e1")
	o.user.Get("/environments/e3").Want(t, 200, `{"name":"e3","description":"new","<more>":0}`)
	o.user.Get("/nodes/n1").Want(t, 200, `{"chef_environment":"e1","<more>":0}`)
	o.user.Delete("/environments/e2").Ok(t)
	o.user.Delete("/environments/e3").Ok(t)
	o.user.Get("/nodes/n1").Want(t, 200, `{"chef_environment":"e1","<more>":0}`)
	o.user.Delete("/nodes/n1").Ok(t)
}

var environmentFaults = []refusal{
	{``, "invalid JSON"},
	{`nope`, "invalid JSON"},
	{`[]`, "Incorrect JSON type for request body"},
	{`"e1"`, "Incorrect JSON type for request body"},
	{`{}`, "Field 'name' missing"},
	{`{"name":""}`, "Field 'name' invalid"},
	{`{"name":"a b"}`, "Field 'name' invalid"},
	{`{"name":"a:b"}`, "Field 'name' invalid"},
	{`{"name":1}`, "Field 'name' invalid"},
	{`{"name":"e1","description":1}`, "Field 'description' invalid"},
	{`{"name":"e1","json_class":"Chef::Role"}`, "Field 'json_class' invalid"},
	{`{"name":"e1","chef_type":"role"}`, "Field 'chef_type' invalid"},
	{`{"name":"e1","default_attributes":1}`, "Field 'default_attributes' is not a hash"},
	{`{"name":"e1","override_attributes":[]}`, "Field 'override_attributes' is not a hash"},
	{`{"name":"e1","cookbook_versions":"x"}`, "Field 'cookbook_versions' is not a hash"},
	{`{"name":"e1","cookbook_versions":{"a b":"= 1.0"}}`, "Invalid key 'a b' for cookbook_versions"},
	{`{"name":"e1","cookbook_versions":{"a":"frob"}}`, "Invalid value 'frob' for cookbook_versions"},
	{`{"name":"e1","frob":1}`, "Invalid key frob in request body"},
	{`{"name":"a b","frob":1}`, "Field 'name' invalid"},
	{`{"name":"e1","json_class":"x","frob":1}`, "Field 'json_class' invalid"},
}

func environmentValidation(t *testing.T, o *org) {
	o.user.rejects(t, "POST", "/environments", environmentFaults)
	o.user.Get("/environments").Want(t, 200, `{"_default":"$org/environments/_default"}`)
	o.user.Post("/environments", emptyEnvironment).Ok(t)
	o.user.rejects(t, "PUT", "/environments/e1", environmentFaults)
	o.user.Get("/environments/e1").Want(t, 200, emptyEnvironment)
	o.user.Put("/environments/none", `{"name":"a b"}`).WantError(t, 400, "Field 'name' invalid")
	o.user.Delete("/environments/e1").Ok(t)
}

func environmentConstraints(t *testing.T, o *org) {
	o.user.Post("/environments", emptyEnvironment).Ok(t)
	for _, good := range []string{"1.0", "1.2.3", "= 1.2.3", "> 1.0", "< 1.0.0", ">= 2.0", "<= 2.0", "~> 1.2", "~> 1.2.3",
		"= 20130730201745.0.0"} {
		body := `{"name":"e1","cookbook_versions":{"a.b_c-1":"` + good + `"}}`
		o.user.Put("/environments/e1", body).Want(t, 200, `{"cookbook_versions":{"a.b_c-1":"`+good+`"},"<more>":0}`)
	}
	for _, bad := range []string{"", ">=1.0", ">= 1.0.0.0", "> 1.a", "=  1.0", "1.0 ", "!= 1.0", "latest", "= ", "1.-1"} {
		o.user.Put("/environments/e1", `{"name":"e1","cookbook_versions":{"a":"`+bad+`"}}`).
			WantError(t, 400, "Invalid value '"+bad+"' for cookbook_versions")
	}
	// What is not a string is printed as an Erlang term.
	for value, printed := range map[string]string{
		`null`: `null`, `1`: `1`, `[]`: `[]`, `{}`: `{[]}`, `["a"]`: `[<<"a">>]`, `{"a":"b"}`: `{[{<<"a">>,<<"b">>}]}`,
	} {
		o.user.Put("/environments/e1", `{"name":"e1","cookbook_versions":{"a":`+value+`}}`).
			WantError(t, 400, "Invalid value '"+printed+"' for cookbook_versions")
	}
	o.user.Delete("/environments/e1").Ok(t)
}

func environmentNodes(t *testing.T, o *org) {
	o.user.Post("/environments", `{"name":"e1"}`).Ok(t)
	o.user.Get("/environments/e1/nodes").Want(t, 200, `{}`)
	o.user.Post("/nodes", `{"name":"in","chef_environment":"e1"}`).Ok(t)
	o.user.Post("/nodes", `{"name":"out"}`).Ok(t)
	o.user.Get("/environments/e1/nodes").Want(t, 200, `{"in":"$org/nodes/in"}`)
	o.user.Get("/environments/_default/nodes").Want(t, 200, `{"out":"$org/nodes/out"}`)
	o.user.Put("/nodes/in", `{"chef_environment":"_default"}`).Ok(t)
	o.user.Get("/environments/e1/nodes").Want(t, 200, `{}`)
	o.user.Get("/environments/none/nodes").WantError(t, 404, "Cannot load environment 'none'")
	// The environment's own permissions do not matter here, the nodes' do.
	o.super.Put("/environments/e1/_acl/read", `{"read":{"actors":["$super"],"groups":[]}}`).Ok(t)
	o.user.Get("/environments/e1").WantMissing(t, "read")
	o.user.Get("/environments/e1/nodes").Want(t, 200, `{}`)
	o.super.Delete("/environments/e1").Ok(t)
	o.user.Delete("/nodes/in").Ok(t)
	o.user.Delete("/nodes/out").Ok(t)
}
