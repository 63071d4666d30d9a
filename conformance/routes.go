package conformance

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func testRoutes(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"methods", routeMethods},
		{"unknown paths", routeUnknown},
		{"spelling", routeSpelling},
		{"order of checks", routeOrder},
	})
}

// routes are the paths of the API with the methods of each. Nothing in them
// needs to exist.
var routes = []struct{ path, methods string }{
	{"$root/users", "GET, POST"},
	{"$root/users/x", "GET, PUT, DELETE"},
	{"$root/users/x/organizations", "GET"},
	{"$root/users/x/association_requests", "GET"},
	{"$root/users/x/association_requests/count", "GET"},
	{"$root/users/x/association_requests/y", "PUT"},
	{"$root/users/x/keys", "GET, POST"},
	{"$root/users/x/keys/y", "GET, PUT, DELETE"},
	{"$root/users/x/_acl", "GET"},
	{"$root/users/x/_acl/read", "PUT"},
	{"$root/organizations", "GET, POST"},
	{"$org", "GET, PUT, DELETE"},
	{"$root/authenticate_user", "POST"},
	{"$root/system_recovery", "POST"},
	{"$root/license", "GET"},
	{"$root/server_api_version", "GET"},
	{"/organizations/_acl", "GET"},
	{"/organizations/_acl/read", "PUT"},
	{"/anything/_acl", "GET"},
	{"/users", "GET, POST"},
	{"/users/x", "GET, DELETE"},
	{"/users/x/keys", "GET"},
	{"/users/x/keys/y", "GET"},
	{"/association_requests", "GET, POST"},
	{"/association_requests/x", "DELETE"},
	{"/clients", "GET, POST"},
	{"/clients/x", "GET, PUT, DELETE"},
	{"/clients/x/keys", "GET, POST"},
	{"/clients/x/keys/y", "GET, PUT, DELETE"},
	{"/groups", "GET, POST"},
	{"/groups/x", "GET, PUT, DELETE"},
	{"/containers", "GET, POST"},
	{"/containers/x", "GET, DELETE"},
	{"/nodes", "GET, POST"},
	{"/nodes/x", "HEAD, GET, PUT, DELETE"},
	{"/roles", "GET, POST"},
	{"/roles/x", "GET, PUT, DELETE"},
	{"/roles/x/environments", "GET"},
	{"/roles/x/environments/y", "GET"},
	{"/environments", "GET, POST"},
	{"/environments/x", "GET, PUT, DELETE"},
	{"/environments/x/nodes", "GET"},
	{"/environments/x/recipes", "GET"},
	{"/environments/x/roles/y", "GET"},
	{"/environments/x/cookbooks", "GET"},
	{"/environments/x/cookbooks/y", "GET"},
	{"/environments/x/cookbook_versions", "POST"},
	{"/data", "GET, POST"},
	{"/data/x", "GET, POST, DELETE"},
	{"/data/x/y", "GET, PUT, DELETE"},
	{"/cookbooks", "GET"},
	{"/cookbooks/x", "GET"},
	{"/cookbooks/_latest", "GET"},
	{"/cookbooks/_recipes", "GET"},
	{"/cookbooks/x/1.0.0", "GET, PUT, DELETE"},
	{"/cookbook_artifacts", "GET"},
	{"/cookbook_artifacts/x", "GET"},
	{"/cookbook_artifacts/x/y", "GET, PUT, DELETE"},
	{"/policies", "GET"},
	{"/policies/x", "GET, DELETE"},
	{"/policies/x/revisions", "POST"},
	{"/policies/x/revisions/y", "GET, DELETE"},
	{"/policy_groups", "GET"},
	{"/policy_groups/x", "GET, DELETE"},
	{"/policy_groups/x/policies/y", "GET, PUT, DELETE"},
	{"/sandboxes", "POST"},
	{"/sandboxes/x", "PUT"},
	{"/search", "GET"},
	{"/search/x", "GET, POST"},
	{"/principals/x", "GET"},
	{"/universe", "GET"},
	{"/nodes/x/_acl", "GET"}, {"/nodes/x/_acl/read", "PUT"},
	{"/roles/x/_acl", "GET"}, {"/roles/x/_acl/read", "PUT"},
	{"/environments/x/_acl", "GET"}, {"/environments/x/_acl/read", "PUT"},
	{"/data/x/_acl", "GET"}, {"/data/x/_acl/read", "PUT"},
	{"/clients/x/_acl", "GET"}, {"/clients/x/_acl/read", "PUT"},
	{"/groups/x/_acl", "GET"}, {"/groups/x/_acl/read", "PUT"},
	{"/containers/x/_acl", "GET"}, {"/containers/x/_acl/read", "PUT"},
	{"/cookbooks/x/_acl", "GET"}, {"/cookbooks/x/_acl/read", "PUT"},
	{"/cookbook_artifacts/x/_acl", "GET"}, {"/cookbook_artifacts/x/_acl/read", "PUT"},
	{"/policies/x/_acl", "GET"}, {"/policies/x/_acl/read", "PUT"},
	{"/policy_groups/x/_acl", "GET"}, {"/policy_groups/x/_acl/read", "PUT"},
}

// routeMethods: a method that a path does not take is refused before anybody
// asks who is calling, and with the list of those that it takes.
func routeMethods(t *testing.T, o *org) {
	for _, r := range routes {
		allowed := strings.Split(r.methods, ", ")
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "HEAD"} {
			for _, who := range []actor{o.user, o.stranger, o.user.unsigned()} {
				if slices.Contains(allowed, method) {
					if res := who.Do(method, r.path, bodyFor(method, `{`)); res.status == 405 || res.status >= 500 {
						t.Errorf("%s: %d", res, res.status)
					}
					continue
				}
				res := who.Do(method, r.path, bodyFor(method, `{`))
				if r.path == "/environments/x" { // whose refusals have a body, the default's
					res.body = nil
				}
				res.WantNotAllowed(t, r.methods)
			}
		}
	}
}

func routeUnknown(t *testing.T, o *org) {
	for _, path := range []string{"/frob", "/nodes/x/y/z", "/principals", "/principals/", "/runs", "/reports", "/updated_since", "/roles/x/frob",
		"/environments/x/frob", "/Nodes", "/NODES/x", "$root/frob", "$root/users/x/frob", "$root/organization", "/policies/x/frob", "/sandboxes/x/y"} {
		o.user.outside().Get(path).Want(t, 404, "")
	}
}

// routeSpelling: empty segments do not count, case does, and names are decoded.
func routeSpelling(t *testing.T, o *org) {
	o.user.Post("/roles/", `{"name":"a:b"}`).WantCreated(t, "$org/roles/a:b")
	for _, path := range []string{"/roles/a:b", "/roles/a:b/", "/roles/a%3Ab", "//roles//a:b", "/roles/a:b?x=y"} {
		o.user.Get(path).Want(t, 200, `{"name":"a:b","<more>":0}`)
	}
	o.user.Get("/roles/A:b").WantError(t, 404, "Cannot load role A:b")
	o.user.Get("/roles/%C3%BC").WantError(t, 404, "Cannot load role ü")
	o.user.Get("/roles/a%20b").WantError(t, 404, "Cannot load role a b")
	o.user.Delete("/roles/a:b/").Want(t, 200, "")
}

// routeOrder: of several things that are wrong, the documented one is told.
func routeOrder(t *testing.T, o *org) {
	version := o.user.v(99)
	nobody := o.stranger
	const nowhere = "$root/organizations/no-such-org"
	bodyTooLarge := `{"name":"` + strings.Repeat("a", o.target.MaxBody) + `"}`

	version.Do("DELETE", "/nodes", "").Want(t, 406, "")
	version.Get(nowhere+"/nodes").Want(t, 406, "")
	version.unsigned().Get("/nodes").Want(t, 406, "")
	nobody.Do("DELETE", nowhere+"/nodes", "").WantNotAllowed(t, "GET, POST")
	nobody.Post(nowhere+"/nodes", `{`).WantError(t, 404, "organization 'no-such-org' does not exist.")
	nobody.at(-24*60*60*1e9).Get(nowhere+"/nodes").WantError(t, 401, "Failed to authenticate as $stranger. Synchronize the clock on your host.")
	nobody.at(-24*60*60*1e9).set("X-Ops-Sign", "version=9").Get("/nodes").Want(t, 401, "")
	nobody.set("X-Ops-Sign", "version=9").Get(nowhere+"/nodes").WantError(t, 400, "Unsupported authentication protocol version")
	nobody.remove("X-Ops-Sign").Post(nowhere+"/nodes", bodyTooLarge).WantError(t, 400, "missing required authentication header(s) 'X-Ops-Sign'")
	nobody.Post(nowhere+"/nodes", bodyTooLarge).Want(t, 413, "")
	nobody.Post("/nodes", `{`).WantError(t, 400, "invalid JSON")
	o.outsider.Post("/nodes", `{`).WantError(t, 400, "invalid JSON")
	o.client.Post("/roles", `{`).WantError(t, 400, "invalid JSON")
	o.client.Put("/roles/none", `{`).WantError(t, 400, "invalid JSON")
	nobody.Get("/roles/none").Want(t, 401, "")
	o.outsider.Get("/roles/none").Want(t, 403, "")
	o.client.Put("/roles/none", `{}`).WantError(t, 404, "Cannot load role none")
	o.super.Post("/roles", `{"name":"there"}`).Ok(t)
	o.client.Post("/roles", `{"name":"there"}`).WantMissing(t, "create")
	o.client.with("Accept", "application/xml").Delete("/roles/there").WantMissing(t, "delete")
	o.user.with("Accept", "application/xml").Get("/roles/none").WantError(t, 404, "Cannot load role none")
	o.user.with("Accept", "application/xml").Get("/roles/there").WantEmpty(t, http.StatusNotAcceptable)
	o.super.Delete("/roles/there").Ok(t)
}
