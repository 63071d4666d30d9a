package conformance

import "testing"

func testContainers(t *testing.T, o *org) {
	const missing = "Cannot load container x1"
	shown := `{"containername":"x1","containerpath":"x1"}`
	o.admin.Post("/containers", `{"containername":"x1"}`).WantCreated(t, "$org/containers/x1")
	o.admin.Post("/containers", `{"containername":"x1"}`).WantError(t, 409, "Container already exists")
	o.admin.Get("/containers").Want(t, 200, `{"x1":"$org/containers/x1","nodes":"$org/containers/nodes","<more>":0}`)
	o.admin.Get("/containers/x1").Want(t, 200, shown)
	o.admin.Put("/containers/x1", shown).WantNotAllowed(t, "GET, DELETE")
	o.user.Get("/containers/x1").WantMissing(t, "read")
	o.super.Get("/containers/x1").Want(t, 403, "") // it inherits nothing
	o.admin.Delete("/containers/x1").Want(t, 200, shown)
	o.admin.Get("/containers/x1").WantError(t, 404, missing)
	o.admin.Delete("/containers/x1").WantError(t, 404, missing)
	for _, body := range []string{`{"id":"a.b_C-1"}`, `{"id":"a.b_C-1","containername":"other"}`, `{"containername":"a.b_C-1","containerpath":"/x"}`} {
		o.admin.Post("/containers", body).WantCreated(t, "$org/containers/a.b_C-1")
		o.admin.Delete("/containers/a.b_C-1").Ok(t)
	}
	bad := func(name string) string {
		return "Invalid name '" + name + "' using regex: 'Malformed container name. Must only contain A-Z, a-z, 0-9, _, -, or .'."
	}
	o.admin.rejects(t, "POST", "/containers", []refusal{
		{``, "invalid JSON"},
		{`[]`, "Incorrect JSON type for request body"},
		{`{}`, "Field 'containername' missing"},
		{`{"containername":"a b"}`, bad("a b")},
		{`{"containername":""}`, bad("")},
		{`{"id":"a:b","containername":"good"}`, bad("a:b")},
	})
	o.grants(t, []access{
		{"GET", "/containers", "", 200, "super admin user", "read", nil},
		{"GET", "/containers/nodes", "", 200, "super admin user client validator", "read", nil},
		{"GET", "/containers/clients", "", 200, "super admin user", "read", nil},
	})
	for _, who := range []actor{o.user, o.client, o.validator} {
		who.Post("/containers", `{"containername":"x1"}`).WantMissing(t, "create")
		who.Delete("/containers/containers").WantMissing(t, "delete")
	}
	o.deniesOutsiders(t, "POST", "/containers", `{"containername":"x1"}`)
}
