package conformance

import "testing"

func aclScoped(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"n1"}`).Ok(t)
	o.super.Put("/nodes/n1/_acl/read", ace("read", `"$super"`, `"::server-admins","$O::admins"`)).Want(t, 200, `{}`)
	o.super.Get("/nodes/n1/_acl").Want(t, 200, `{"read":{"actors":["$super"],"groups":["<unordered>","::server-admins","admins"]},"<more>":0}`)
	o.super.rejects(t, "PUT", "/nodes/n1/_acl/read", []refusal{
		{ace("read", `"$super"`, `"::none"`), "The group(s) '::none' do not exist in this organization."},
		{ace("read", `"$super"`, `"$O::none"`), "The group(s) '$O::none' do not exist in this organization."},
	})
	o.super.Delete("/nodes/n1").Ok(t)
}

func aclLastGrant(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"n1"}`).Ok(t)
	const at = "/nodes/n1/_acl/grant"
	const message = "Admin group cannot be removed from the Grant ACE"
	o.admin.Put(at, ace("grant", `"$super","$admin"`, ``)).WantError(t, 403, message)
	o.admin.Put(at, ace("grant", `"$super","$admin"`, `"users"`)).WantError(t, 403, message)
	o.admin.Put(at, ace("grant", `"$super","$admin"`, `"admins","users"`)).Want(t, 200, `{}`)
	o.super.Put(at, ace("grant", `"$super","$admin"`, ``)).Want(t, 200, `{}`)
	o.admin.Put(at, ace("grant", `"$super","$admin","$user"`, ``)).Want(t, 200, `{}`)
	o.super.Delete("/nodes/n1").Ok(t)
}

func aclOfUser(t *testing.T, o *org) {
	u := o.newLocalUser(t, "u")
	o.let("U", u.name())
	const at = "$root/users/$U/_acl"
	with := func(read string) string {
		one := `{"actors":["<unordered>","$super","$U"],"groups":["::server-admins"]}`
		return `{"create":` + one + `,"read":{"actors":["<unordered>","$super","$U"],"groups":["<unordered>","::server-admins"` + read + `]},
			"update":` + one + `,"delete":` + one + `,"grant":{"actors":["<unordered>","$super","$U"],"groups":[]}}`
	}
	u.Get(at).Want(t, 200, with(""))
	o.super.Get(at).Want(t, 200, with(""))
	o.super.Post("/users", `{"username":"$U"}`).Ok(t)
	u.Get(at).Want(t, 200, with(`,"::$O_read_access_group"`))
	for _, who := range []actor{o.admin, o.user, o.outsider} {
		who.Get(at).Want(t, 403, "")
		who.Put(at+"/read", ace("read", `"$super"`, ``)).Want(t, 403, "")
	}
	o.client.Get(at).Want(t, 401, "")
	o.super.Get("$root/users/nobody-here/_acl").Want(t, 404, "")
	o.super.Put("$root/users/nobody-here/_acl/read", ace("read", `"$super"`, ``)).Want(t, 404, "")
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		u.Do(method, at, `{}`).WantNotAllowed(t, "GET")
	}
	for _, perm := range permissions {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			u.Do(method, at+"/"+perm, `{}`).WantNotAllowed(t, "PUT")
		}
	}
	o.outsider.Get("$root/users/$U").WantMissing(t, "read")
	u.Put(at+"/read", ace("read", `"$super","$U","$outsider"`, `"::server-admins"`)).Want(t, 200, `{}`)
	o.outsider.Get("$root/users/$U").Want(t, 200, "")
	u.Get(at+"?detail=granular").Want(t, 200,
		`{"read":{"actors":[],"users":["<unordered>","$super","$U","$outsider"],"clients":[],"groups":["::server-admins"]},"<more>":0}`)
	u.Put(at+"/read", ace("read", `"$super"`, ``)).Want(t, 200, `{}`)
	u.Get("$root/users/$U").WantMissing(t, "read")
	o.super.Delete("/users/$U").Want(t, 200, "")
}

func aclOfUserFaults(t *testing.T, o *org) {
	u := o.newLocalUser(t, "u")
	o.let("U", u.name())
	for _, perm := range permissions {
		at := "$root/users/$U/_acl/" + perm
		u.rejects(t, "PUT", at, aclFault(perm))
		u.rejectsAll(t, "PUT", at, ace(perm, `"$super","nobody-here"`, ``), ace(perm, `"$super"`, `"x"`))
	}
	const at = "$root/users/$U/_acl/read"
	u.rejects(t, "PUT", at, []refusal{
		{ace("read", `"$super","nobody-here"`, ``), "The actor(s) 'nobody-here' is not a valid user (clients are not allowed in this context)."},
		{`{"read":{"actors":[],"users":["nobody-here"],"clients":[],"groups":[]}}`, "The user 'nobody-here' does not exist."},
		{`{"read":{"actors":[],"users":["no-a","no-b"],"clients":[],"groups":[]}}`, "The users 'no-a', 'no-b' do not exist."},
		{`{"read":{"actors":[],"users":["$super"],"clients":["x"],"groups":[]}}`, "Clients can not be added to global ACL entries."},
	})
	u.Get("$root/users/$U").Want(t, 200, "")
}

func aclOfOrg(t *testing.T, o *org) {
	const at = "/organizations/_acl"
	o.admin.Get(at).Want(t, 200, acl(`"$super"`, "a", "au", "a", "a", "a"))
	for _, who := range []actor{o.user, o.client, o.validator} {
		who.Get(at).Want(t, 403, "")
		who.Put(at+"/read", ace("read", `"$super"`, ``)).Want(t, 403, "")
	}
	o.deniesOutsiders(t, "GET", at, "")
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		o.admin.Do(method, at, `{}`).WantNotAllowed(t, "GET")
	}
	o.admin.Put(at+"/read", ace("read", `"$super"`, `"admins"`)).Want(t, 200, `{}`)
	o.user.Get("$org").WantMissing(t, "read")
	o.user.Get("/users").WantMissing(t, "read")
	o.admin.Put(at+"/read", ace("read", `"$super","$client"`, `"admins","users"`)).Want(t, 200, `{}`)
	o.client.Get("$org").Want(t, 200, "")
	o.admin.Put(at+"/read", ace("read", `"$super"`, `"admins","users"`)).Want(t, 200, `{}`)
	o.client.Get("$org").WantMissing(t, "read")
	o.admin.Put(at+"/grant", ace("grant", `"$super"`, `"users"`)).WantError(t, 403, "Admin group cannot be removed from the Grant ACE")
	o.admin.rejects(t, "PUT", at+"/read", aclFault("read"))
}

// aclOfContainer: what a container says, new objects copy and old ones keep.
func aclOfContainer(t *testing.T, o *org) {
	o.super.Post("/roles", `{"name":"old"}`).Ok(t)
	o.admin.Put("/containers/roles/_acl/read", ace("read", `"$super"`, `"admins"`)).Want(t, 200, `{}`)
	o.user.Get("/roles").WantMissing(t, "read")
	o.user.Get("/roles/old").Want(t, 200, "")
	o.super.Post("/roles", `{"name":"new"}`).Ok(t)
	o.user.Get("/roles/new").WantMissing(t, "read")
	o.user.Put("/roles/new", `{}`).Want(t, 200, "")
	o.admin.Put("/containers/roles/_acl/create", ace("create", `"$super","$client"`, `"admins"`)).Want(t, 200, `{}`)
	o.user.Post("/roles", `{"name":"newer"}`).WantMissing(t, "create")
	o.client.Post("/roles", `{"name":"newer"}`).Want(t, 201, "")
	for _, path := range []string{"/roles/old", "/roles/new", "/roles/newer"} {
		o.super.Delete(path).Ok(t)
	}
	o.admin.Get("/containers/none/_acl").Want(t, 404, "")
}

// aclDeletedActors: a deleted actor or group is in no ACL, and a namesake made
// later does not come into its rights.
func aclDeletedActors(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"n1"}`).Ok(t)
	c := o.newClient(t, "c1")
	o.super.Post("/groups", `{"groupname":"g1"}`).Ok(t)
	o.super.Put("/nodes/n1/_acl/update", ace("update", `"$super","c1"`, `"g1"`)).Ok(t)
	c.Put("/nodes/n1", `{}`).Want(t, 200, "")
	o.super.Delete("/clients/c1").Ok(t)
	o.super.Delete("/groups/g1").Ok(t)
	o.super.Get("/nodes/n1/_acl").Want(t, 200, `{"update":{"actors":["$super"],"groups":[]},"<more>":0}`)
	c = o.newClient(t, "c1")
	o.super.Post("/groups", `{"groupname":"g1"}`).Ok(t)
	o.super.Put("/groups/g1", `{"actors":{"clients":["c1"]}}`).Ok(t)
	c.Put("/nodes/n1", `{}`).WantMissing(t, "update")
	o.super.Get("/nodes/n1/_acl").Want(t, 200, `{"update":{"actors":["$super"],"groups":[]},"<more>":0}`)
	for _, path := range []string{"/clients/c1", "/groups/g1", "/nodes/n1"} {
		o.super.Delete(path).Ok(t)
	}
}
