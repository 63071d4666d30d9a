package conformance

import "testing"

const emptyNode = `{"name":"n1","chef_environment":"_default","json_class":"Chef::Node","chef_type":"node",
	"normal":{},"default":{},"override":{},"automatic":{},"run_list":[]}`

func testNodes(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"life", nodeLife},
		{"defaults", nodeDefaults},
		{"validation", nodeValidation},
		{"update", nodeUpdate},
		{"run list", nodeRunList},
		{"policy", nodePolicy},
		{"of a client", nodeOfClient},
	})
}

func nodeLife(t *testing.T, o *org) {
	o.user.Get("/nodes").Want(t, 200, `{}`)
	o.user.Post("/nodes", emptyNode).WantCreated(t, "$org/nodes/n1")
	o.user.Post("/nodes", emptyNode).WantError(t, 409, "Node already exists")
	o.user.Get("/nodes").Want(t, 200, `{"n1":"$org/nodes/n1"}`)
	o.user.Get("/nodes/n1").Want(t, 200, emptyNode)
	o.user.Do("HEAD", "/nodes/n1", "").WantEmpty(t, 200)
	o.user.Put("/nodes/n1", emptyNode).Want(t, 200, emptyNode)
	o.user.Delete("/nodes/n1").Want(t, 200, emptyNode)

	const missing = "node 'n1' not found"
	o.user.Get("/nodes/n1").WantError(t, 404, missing)
	o.user.Do("HEAD", "/nodes/n1", "").WantEmpty(t, 404)
	o.user.Put("/nodes/n1", emptyNode).WantError(t, 404, missing)
	o.user.Delete("/nodes/n1").WantError(t, 404, missing)
	o.user.Get("/nodes").Want(t, 200, `{}`)
}

func nodeDefaults(t *testing.T, o *org) {
	o.user.Post("/nodes", `{"name":"n1"}`).WantCreated(t, "$org/nodes/n1")
	o.user.Get("/nodes/n1").Want(t, 200, emptyNode)

	full := `{"name":"n1","chef_environment":"nowhere","json_class":"Chef::Node","chef_type":"node",
		"normal":{"a":{"b":[1,null,{"c":false}]}},"default":{"d":1.5},"override":{"é":"ü"},"automatic":{"f":{}},
		"run_list":["recipe[a]"],"policy_name":"p","policy_group":"g"}`
	o.user.Put("/nodes/n1", full).Want(t, 200, full)
	o.user.Get("/nodes/n1").Want(t, 200, full)
	o.user.Put("/nodes/n1", `{}`).Want(t, 200, emptyNode)
	o.user.Get("/nodes/n1").Want(t, 200, emptyNode)
	o.user.Delete("/nodes/n1").Ok(t)

	for _, name := range []string{"a.b", "a:b", "a_b", "a-b", "A1", "1", "web::1"} {
		o.let("N", name)
		o.user.Post("/nodes", `{"name":"$N"}`).WantCreated(t, "$org/nodes/$N")
		o.user.Get("/nodes/$N").Want(t, 200, `{"name":"$N","<more>":0}`)
		o.user.Delete("/nodes/$N").Want(t, 200, `{"name":"$N","<more>":0}`)
	}
}

// nodeFaults are bodies that neither create nor update a node.
var nodeFaults = []refusal{
	{``, "invalid JSON"},
	{`{`, "invalid JSON"},
	{`{"name":"n1"`, "invalid JSON"},
	{`not json`, "invalid JSON"},
	{`{"name":"n1","frob":1}`, "Invalid key frob in request body"},
	{`{"name":"n 1","frob":1}`, "Invalid key frob in request body"},
	{`{"name":"n1","ключ":1}`, "Invalid key ключ in request body"},
	{`{"name":"n1","chef_environment":"a b"}`, "Field 'chef_environment' invalid"},
	{`{"name":"n1","chef_environment":1}`, "Field 'chef_environment' invalid"},
	{`{"name":"n1","chef_environment":null}`, "Field 'chef_environment' invalid"},
	{`{"name":"n1","json_class":"Chef::Role"}`, "Field 'json_class' invalid"},
	{`{"name":"n1","json_class":1}`, "Field 'json_class' invalid"},
	{`{"name":"n1","chef_type":"role"}`, "Field 'chef_type' invalid"},
	{`{"name":"n1","normal":[]}`, "Field 'normal' is not a hash"},
	{`{"name":"n1","default":"x"}`, "Field 'default' is not a hash"},
	{`{"name":"n1","override":1}`, "Field 'override' is not a hash"},
	{`{"name":"n1","automatic":null}`, "Field 'automatic' is not a hash"},
	{`{"name":"n1","run_list":{}}`, "Field 'run_list' is not a valid run list"},
	{`{"name":"n1","run_list":"recipe[a]"}`, "Field 'run_list' is not a valid run list"},
	{`{"name":"n1","run_list":[1]}`, "Field 'run_list' is not a valid run list"},
	{`{"name":"n1","policy_name":"a b"}`, "Field 'policy_name' invalid"},
	{`{"name":"n1","policy_group":""}`, "Field 'policy_group' invalid"},
	{`{"name":"n1","chef_environment":"a b","json_class":"x"}`, "Field 'chef_environment' invalid"},
	{`{"name":"n1","json_class":"x","chef_type":"x"}`, "Field 'json_class' invalid"},
	{`{"name":"n1","chef_type":"x","normal":[]}`, "Field 'chef_type' invalid"},
	{`{"name":"n1","normal":[],"run_list":1}`, "Field 'normal' is not a hash"},
}

func nodeValidation(t *testing.T, o *org) {
	o.user.rejects(t, "POST", "/nodes", nodeFaults)
	o.user.rejects(t, "POST", "/nodes", []refusal{
		{`{}`, "Field 'name' missing"},
		{`{"name":""}`, "Field 'name' invalid"},
		{`{"name":"a b"}`, "Field 'name' invalid"},
		{`{"name":"a/b"}`, "Field 'name' invalid"},
		{`{"name":"é"}`, "Field 'name' invalid"},
		{`{"name":1}`, "Field 'name' invalid"},
		{`{"name":null}`, "Field 'name' invalid"},
		{`{"name":"a+b","chef_environment":1}`, "Field 'name' invalid"},
	})
	o.user.rejectsAll(t, "POST", "/nodes", `[]`, `"n1"`, `1`, `null`)
	o.user.Get("/nodes").Want(t, 200, `{}`)
}

func nodeUpdate(t *testing.T, o *org) {
	o.user.Post("/nodes", emptyNode).Ok(t)
	o.user.rejects(t, "PUT", "/nodes/n1", nodeFaults)
	o.user.rejects(t, "PUT", "/nodes/n1", []refusal{{`{"name":"n2"}`, "Node name mismatch."}})
	o.user.Get("/nodes/n1").Want(t, 200, emptyNode)
	// A bad body outranks a missing node.
	o.user.Put("/nodes/n2", `{"name":"n2","frob":1}`).WantError(t, 400, "Invalid key frob in request body")
	o.user.Delete("/nodes/n1").Ok(t)
}

func nodeRunList(t *testing.T, o *org) {
	o.user.Post("/nodes", emptyNode).Ok(t)
	good := [][2]string{
		{`[]`, `[]`},
		{`["a"]`, `["recipe[a]"]`},
		{`["a::b","a@1.0","a@1.0.2","a::b@1.2"]`, `["recipe[a::b]","recipe[a@1.0]","recipe[a@1.0.2]","recipe[a::b@1.2]"]`},
		{`["recipe[a::b@1.0.0]","role[web.server-1]"]`, `["recipe[a::b@1.0.0]","role[web.server-1]"]`},
		{`["a","recipe[a]","role[a]","a","role[a]"]`, `["recipe[a]","role[a]"]`},
		{`["a","a::default"]`, `["recipe[a]","recipe[a::default]"]`},
		{`["recipe","role","role::foo","recipe[recipe]","role[role]"]`, `["recipe[recipe]","recipe[role]","recipe[role::foo]","role[role]"]`},
	}
	for _, row := range good {
		o.user.Put("/nodes/n1", `{"run_list":`+row[0]+`}`).Want(t, 200, `{"run_list":`+row[1]+`,"<more>":0}`)
		o.user.Get("/nodes/n1").Want(t, 200, `{"run_list":`+row[1]+`,"<more>":0}`)
	}
	for _, item := range []string{"", "a b", "a::", "::a", "a::b::c", "a@1", "a@", "a@1.2.3.4", "a@x", "recipe[", "recipe[]",
		"recipe[a", "role[]", "role[a::b]", "role[a@1.0]", "rule[a]", "[a]", "recipe[a]]", "recipe[a] "} {
		o.user.Put("/nodes/n1", `{"run_list":["ok","`+item+`"]}`).WantError(t, 400, "Field 'run_list' is not a valid run list")
	}
	o.user.Delete("/nodes/n1").Ok(t)
}

func nodePolicy(t *testing.T, o *org) {
	withPolicy := `{"name":"n1","chef_environment":"_default","json_class":"Chef::Node","chef_type":"node",
		"normal":{},"default":{},"override":{},"automatic":{},"run_list":[],"policy_name":"a:b.c","policy_group":"g"}`
	o.user.Post("/nodes", `{"name":"n1","policy_name":"a:b.c","policy_group":"g"}`).WantCreated(t, "$org/nodes/n1")
	o.user.Get("/nodes/n1").Want(t, 200, withPolicy)
	o.user.Put("/nodes/n1", `{"policy_name":"a:b.c"}`).Want(t, 200, `{"name":"n1","chef_environment":"_default",
		"json_class":"Chef::Node","chef_type":"node","normal":{},"default":{},"override":{},"automatic":{},"run_list":[],"policy_name":"a:b.c"}`)
	o.user.Delete("/nodes/n1").Ok(t)
}

// nodeOfClient is what chef-client does: a client may change the node that it
// created itself, and no other.
func nodeOfClient(t *testing.T, o *org) {
	o.client.Post("/nodes", `{"name":"own"}`).WantCreated(t, "$org/nodes/own")
	o.client.Put("/nodes/own", `{"normal":{"a":1}}`).Want(t, 200, `{"normal":{"a":1},"<more>":0}`)
	o.user.Post("/nodes", `{"name":"other"}`).Ok(t)
	o.client.Put("/nodes/other", `{"normal":{"a":1}}`).WantMissing(t, "update")
	o.validator.Put("/nodes/own", `{}`).WantMissing(t, "update")
	o.client.Delete("/nodes/other").WantMissing(t, "delete")
	o.client.Delete("/nodes/own").Want(t, 200, `{"name":"own","<more>":0}`)
	o.user.Delete("/nodes/other").Ok(t)
}
