package conformance

import "testing"

func testGroups(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"life", groupLife},
		{"validation", groupValidation},
		{"members", groupMembers},
		{"rename", groupRename},
		{"nesting", groupNesting},
		{"circles", groupCircles},
		{"permissions", groupPermissions},
		{"grant of the pillars", groupPillars},
	})
}

func emptyGroup(name string) string {
	return `{"actors":[],"users":[],"clients":[],"groups":[],"orgname":"$O","name":"` + name + `","groupname":"` + name + `"}`
}

func groupLife(t *testing.T, o *org) {
	const missing = "Cannot load group g1"
	o.admin.Post("/groups", `{"groupname":"g1"}`).WantCreated(t, "$org/groups/g1")
	o.admin.Post("/groups", `{"groupname":"g1"}`).WantError(t, 409, "Group already exists")
	o.admin.Get("/groups").Want(t, 200, `{"g1":"$org/groups/g1","<more>":0}`)
	o.admin.Get("/groups/g1").Want(t, 200, emptyGroup("g1"))
	o.admin.Delete("/groups/g1").Want(t, 200, emptyGroup("g1"))
	o.admin.Get("/groups/g1").WantError(t, 404, missing)
	o.admin.Put("/groups/g1", `{"groupname":"g1"}`).WantError(t, 404, missing)
	o.admin.Delete("/groups/g1").WantError(t, 404, missing)

	o.admin.Post("/groups", `{"id":"g1","groupname":"ignored"}`).WantCreated(t, "$org/groups/g1")
	o.admin.Delete("/groups/g1").Ok(t)
	o.admin.Post("/groups", `{"groupname":"g1","actors":{"users":["$user"],"clients":["$client"],"groups":["admins"]}}`).Ok(t)
	o.admin.Get("/groups/g1").Want(t, 200, emptyGroup("g1"))
	o.admin.Delete("/groups/g1").Ok(t)
}

func groupValidation(t *testing.T, o *org) {
	o.admin.rejects(t, "POST", "/groups", []refusal{
		{``, "invalid JSON"},
		{`[]`, "Incorrect JSON type for request body"},
		{`{"groupname":""}`, "Invalid group name."},
		{`{"groupname":"a b"}`, "Invalid group name."},
		{`{"groupname":"Big"}`, "Invalid group name."},
		{`{"groupname":"a.b"}`, "Invalid group name."},
		{`{"id":"a b","groupname":"good"}`, "Invalid group name."},
	})
	o.admin.rejectsAll(t, "POST", "/groups", `{}`, `{"groupname":1}`)
	o.admin.Post("/groups", `{"groupname":"g1"}`).Ok(t)
	o.admin.rejects(t, "PUT", "/groups/g1", []refusal{
		{``, "invalid JSON"},
		{`[]`, "Incorrect JSON type for request body"},
		{`{"groupname":"a b"}`, "Invalid group name."},
		{`{"id":"a b"}`, "Invalid group name."},
	})
	o.admin.rejectsAll(t, "PUT", "/groups/g1", `{"actors":{"users":"x"}}`, `{"actors":{"clients":{}}}`, `{"actors":{"groups":[1]}}`)
	o.admin.Put("/groups/none", `{"groupname":"a b"}`).WantError(t, 400, "Invalid group name.")
	o.admin.Delete("/groups/g1").Ok(t)
}

func groupMembers(t *testing.T, o *org) {
	o.admin.Post("/groups", `{"groupname":"g1"}`).Ok(t)
	shown := func(users, clients, groups, actors string) string {
		return `{"actors":` + actors + `,"users":` + users + `,"clients":` + clients + `,"groups":` + groups + `,"orgname":"$O","name":"g1","groupname":"g1"}`
	}
	all := `{"groupname":"g1","actors":{"users":["$user"],"clients":["$client"],"groups":["clients"]}}`
	full := shown(`["$user"]`, `["$client"]`, `["clients"]`, `["<unordered>","$client","$user"]`)
	o.admin.Put("/groups/g1", all).Want(t, 200, all)
	o.admin.Get("/groups/g1").Want(t, 200, full)
	for _, nothing := range []string{`{"groupname":"g1"}`, `{}`, `{"groupname":"g1","actors":{}}`, `{"id":"bogus","frob":1}`, `{"actors":[]}`} {
		o.admin.Put("/groups/g1", nothing).Want(t, 200, "")
		o.admin.Get("/groups/g1").Want(t, 200, full)
	}
	for _, step := range [][2]string{
		{`{"users":[]}`, shown(`[]`, `["$client"]`, `["clients"]`, `["$client"]`)},
		{`{"clients":["$validator"]}`, shown(`[]`, `["$validator"]`, `["clients"]`, `["$validator"]`)},
		{`{"groups":["admins","users"]}`, shown(`[]`, `["$validator"]`, `["<unordered>","admins","users"]`, `["$validator"]`)},
		{`{"users":["$user","$stranger"],"clients":["nobody"],"groups":["nothing"]}`, shown(`["$user"]`, `[]`, `[]`, `["$user"]`)},
		{`{"clients":[],"groups":["::server-admins","$O::admins"]}`, shown(`["$user"]`, `[]`, `["<unordered>","::server-admins","admins"]`, `["$user"]`)},
		{`{"users":["$outsider"],"clients":[],"groups":[]}`, shown(`["$outsider"]`, `[]`, `[]`, `["$outsider"]`)},
		{`{"users":[],"clients":[],"groups":[]}`, emptyGroup("g1")},
	} {
		o.admin.Put("/groups/g1", `{"groupname":"g1","actors":`+step[0]+`}`).Want(t, 200, "")
		o.admin.Get("/groups/g1").Want(t, 200, step[1])
	}
	// Who is deleted is no longer a member.
	o.newClient(t, "passing")
	o.admin.Put("/groups/g1", `{"actors":{"clients":["passing"]}}`).Ok(t)
	o.admin.Get("/groups/g1").Want(t, 200, shown(`[]`, `["passing"]`, `[]`, `["passing"]`))
	o.admin.Delete("/clients/passing").Ok(t)
	o.admin.Get("/groups/g1").Want(t, 200, emptyGroup("g1"))
	o.newClient(t, "passing")
	o.admin.Get("/groups/g1").Want(t, 200, emptyGroup("g1"))
	o.admin.Delete("/clients/passing").Ok(t)
	o.admin.Delete("/groups/g1").Ok(t)
}

func groupRename(t *testing.T, o *org) {
	o.admin.Post("/groups", `{"groupname":"g1"}`).Ok(t)
	o.admin.Post("/groups", `{"groupname":"g2"}`).Ok(t)
	o.admin.Put("/groups/g1", `{"actors":{"users":["$user"]}}`).Ok(t)
	o.admin.Put("/groups/g1", `{"groupname":"g2"}`).WantPlain(t, 409, "Group already exists")
	o.admin.Put("/groups/g1", `{"groupname":"g3"}`).Want(t, 201, `{"groupname":"g3"}`).Location(t, "$org/groups/g3")
	o.admin.Get("/groups/g1").WantError(t, 404, "Cannot load group g1")
	o.admin.Get("/groups/g3").Want(t, 200, `{"name":"g3","users":["$user"],"<more>":0}`)
	o.admin.Delete("/groups/g2").Ok(t)
	o.admin.Delete("/groups/g3").Ok(t)
}

// groupNesting: membership reaches through any number of groups, and ends
// wherever a link is taken out.
func groupNesting(t *testing.T, o *org) {
	for _, g := range []string{"g1", "g2", "g3"} {
		o.admin.Post("/groups", `{"groupname":"`+g+`"}`).Ok(t)
	}
	o.admin.Put("/groups/g1", `{"actors":{"groups":["g2"]}}`).Ok(t)
	o.admin.Put("/groups/g2", `{"actors":{"groups":["g3"]}}`).Ok(t)
	o.admin.Put("/groups/g3", `{"actors":{"clients":["$client"]}}`).Ok(t)
	o.admin.Post("/nodes", `{"name":"n1"}`).Ok(t)
	o.client.Put("/nodes/n1", `{}`).WantMissing(t, "update")
	o.admin.Put("/nodes/n1/_acl/update", `{"update":{"actors":["$super"],"groups":["admins","g1"]}}`).Ok(t)
	o.client.Put("/nodes/n1", `{}`).Want(t, 200, "")
	o.admin.Put("/groups/g2", `{"actors":{"groups":[]}}`).Ok(t)
	o.client.Put("/nodes/n1", `{}`).WantMissing(t, "update")
	o.admin.Put("/groups/g2", `{"actors":{"groups":["g3"]}}`).Ok(t)
	o.client.Put("/nodes/n1", `{}`).Want(t, 200, "")
	o.admin.Delete("/groups/g3").Ok(t)
	o.admin.Get("/groups/g2").Want(t, 200, emptyGroup("g2"))
	o.client.Put("/nodes/n1", `{}`).WantMissing(t, "update")
	o.admin.Delete("/nodes/n1").Ok(t)
	o.admin.Delete("/groups/g1").Ok(t)
	o.admin.Delete("/groups/g2").Ok(t)
}

// groupCircles: groups that would contain each other do no harm, whether the
// server refuses them or not.
func groupCircles(t *testing.T, o *org) {
	o.admin.Post("/groups", `{"groupname":"g1"}`).Ok(t)
	o.admin.Post("/groups", `{"groupname":"g2"}`).Ok(t)
	o.admin.Post("/nodes", `{"name":"n1"}`).Ok(t)
	o.admin.Put("/nodes/n1/_acl/update", ace("update", `"$super"`, `"g2"`)).Ok(t)
	o.admin.Put("/groups/g2", `{"actors":{"groups":["g1"]}}`).Ok(t)
	for _, members := range []string{`"g1"`, `"g2"`, `"g1","g2"`} {
		if res := o.admin.Put("/groups/g1", `{"actors":{"clients":["$client"],"groups":[`+members+`]}}`); res.err != nil || res.status >= 500 {
			t.Errorf("%s: %d %v", res, res.status, res.err)
		}
		o.admin.Get("/groups/g1").Want(t, 200, "")
		o.user.Put("/nodes/n1", `{}`).WantMissing(t, "update")
	}
	o.admin.Put("/groups/g1", `{"actors":{"clients":["$client"],"groups":[]}}`).Want(t, 200, "")
	o.client.Put("/nodes/n1", `{}`).Want(t, 200, "")
	for _, path := range []string{"/groups/g1", "/groups/g2", "/nodes/n1"} {
		o.admin.Delete(path).Want(t, 200, "")
	}
}

func groupPermissions(t *testing.T, o *org) {
	o.grants(t, []access{
		{"GET", "/groups", "", 200, "super admin user", "read", nil},
		{"POST", "/groups", `{"groupname":"g1"}`, 201, "super admin", "create", func() { o.super.Delete("/groups/g1") }},
	})
	o.super.Post("/groups", `{"groupname":"g1"}`).Ok(t)
	for _, who := range []actor{o.admin, o.user} {
		who.Get("/groups/g1").Want(t, 200, "")
	}
	o.user.Put("/groups/g1", `{}`).WantMissing(t, "update")
	o.user.Delete("/groups/g1").WantMissing(t, "delete")
	o.user.Get("/groups/admins").WantError(t, 403, "No permission for group admins")
	for _, who := range []actor{o.client, o.validator} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			who.Do(method, "/groups/g1", bodyFor(method, `{}`)).WantError(t, 403, "No permission for group g1")
		}
	}
	o.deniesOutsiders(t, "GET", "/groups/g1", "")
	o.super.Delete("/groups/g1").Ok(t)
}

// bodyFor is the body for a method that takes one.
func bodyFor(method, body string) string {
	if method == "POST" || method == "PUT" {
		return body
	}
	return ""
}

// groupPillars: nobody but the superuser takes the administrators' right to
// grant from the groups that an organization rests on.
func groupPillars(t *testing.T, o *org) {
	for _, g := range []string{"admins", "clients", "users"} {
		at := "/groups/" + g + "/_acl/"
		o.admin.Put(at+"grant", `{"grant":{"actors":["$super"],"groups":[]}}`).WantError(t, 403, "Admin group cannot be removed from the Grant ACE")
		o.super.Put(at+"grant", `{"grant":{"actors":["$super"],"groups":[]}}`).Want(t, 200, `{}`)
		o.admin.Get("/groups/"+g+"/_acl").Want(t, 403, "")
		o.super.Put(at+"grant", `{"grant":{"actors":["$super"],"groups":["admins"]}}`).Want(t, 200, `{}`)
		o.admin.Put(at+"read", `{"read":{"actors":["$super","$admin"],"groups":[]}}`).Want(t, 200, `{}`)
		o.super.Put(at+"read", `{"read":{"actors":["$super"],"groups":["admins"]}}`).Want(t, 200, `{}`)
	}
}
