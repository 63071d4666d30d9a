package conformance

import (
	"testing"
)

func testAssociations(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"associate", associate},
		{"dissociate", dissociate},
		{"dissociate an administrator", dissociateAdmin},
		{"users of the organization", orgUsers},
		{"invite", inviteLife},
		{"invite: faults", inviteFaults},
		{"answer an invite", inviteAnswer},
		{"inviter without rights", inviteRevoked},
		{"invite permissions", invitePermissions},
	})
}

func associate(t *testing.T, o *org) {
	u := o.newLocalUser(t, "u")
	o.let("U", u.name())
	u.Get("/nodes").WantError(t, 403, "'$U' not associated with organization '$O'")
	o.user.Get("$root/users/$U").WantMissing(t, "read")
	o.super.Post("/users", `{"username":"$U"}`).WantEmpty(t, 201).Location(t, "$org/users/$U")
	u.Get("/nodes").Want(t, 200, "")
	o.user.Get("$root/users/$U").Want(t, 200, "")
	o.admin.Get("/users").Want(t, 200, `["<containing>",{"user":{"username":"$U"}}]`)
	o.admin.Get("/users/$U").Want(t, 200, `{"username":"$U","email":"$U@example.com","<more>":0}`)
	o.super.Post("/users", `{"username":"$U"}`).WantPlain(t, 409, "The association already exists.")
	o.super.Post("/users", `{"username":"nobody-here"}`).WantPlain(t, 404, "Could not find user nobody-here")
	o.super.rejects(t, "POST", "/users", []refusal{{`{}`, "Field 'username' missing"}})
	o.super.rejectsAll(t, "POST", "/users", ``, `{`, `{"username":1}`)
	for _, who := range []actor{o.admin, o.user, o.client} {
		who.Post("/users", `{"username":"$outsider"}`).WantMissing(t, "create")
	}
	o.deniesOutsiders(t, "POST", "/users", `{"username":"$outsider"}`)
	o.super.Delete("/users/$U").Want(t, 200, `{"username":"$U","<more>":0}`)
}

func dissociate(t *testing.T, o *org) {
	u := o.newMember(t, "u")
	o.let("U", u.name())
	o.super.Post("/nodes", `{"name":"n1"}`).Ok(t)
	o.super.Put("/nodes/n1/_acl/read", ace("read", `"$super","$U"`, ``)).Ok(t)
	for _, who := range []actor{o.user, o.client, o.validator} {
		who.Delete("/users/$U").WantMissing(t, "update")
	}
	o.deniesOutsiders(t, "DELETE", "/users/$U", "")
	u.Get("/nodes/n1").Want(t, 200, "")
	o.admin.Delete("/users/$U").Want(t, 200, `{"username":"$U","email":"$U@example.com","<more>":0}`)
	u.Get("/nodes/n1").WantError(t, 403, "'$U' not associated with organization '$O'")
	o.user.Get("$root/users/$U").WantMissing(t, "read")
	o.admin.Get("/users/$U").WantPlain(t, 404, "Cannot find a user $U in organization $O")
	o.admin.Delete("/users/$U").WantPlain(t, 404, "Cannot find a user $U in organization $O")
	o.admin.Delete("/users/nobody-here").WantPlain(t, 404, "Could not find user nobody-here")
	o.admin.Get("/users/nobody-here").WantPlain(t, 404, "Could not find user nobody-here")
	u.Get("$root/users/$U").Want(t, 200, "")
	// Who comes back has a member's rights again.
	o.super.Post("/users", `{"username":"$U"}`).Ok(t)
	u.Get("/nodes").Want(t, 200, "")
	u.Delete("/users/$U").Want(t, 200, `{"username":"$U","<more>":0}`)
	u.Get("/nodes").Want(t, 403, "")
	o.super.Delete("/nodes/n1").Ok(t)
}

func dissociateAdmin(t *testing.T, o *org) {
	u := o.newMember(t, "u")
	o.let("U", u.name())
	group := func(users string) string { return `{"actors":{"users":[` + users + `]}}` }
	const message = "Please remove $U from this organization's admins group before removing him or her from the organization."
	o.super.Put("/groups/admins", group(`"$super","$admin","$U"`)).Ok(t)
	for _, who := range []actor{o.super, o.admin, u} {
		who.Delete("/users/$U").WantPlain(t, 403, message)
	}
	o.super.Put("/groups/admins", group(`"$super","$admin"`)).Ok(t)
	// Membership by way of another group does not count.
	o.super.Post("/groups", `{"groupname":"g1"}`).Ok(t)
	o.super.Put("/groups/g1", group(`"$U"`)).Ok(t)
	o.super.Put("/groups/admins", `{"actors":{"groups":["g1"]}}`).Ok(t)
	u.Get("/groups/admins").Want(t, 200, "")
	u.Delete("/users/$U").Want(t, 200, "")
	o.super.Put("/groups/admins", `{"actors":{"groups":[]}}`).Ok(t)
	o.super.Delete("/groups/g1").Ok(t)
}

func orgUsers(t *testing.T, o *org) {
	for _, who := range []actor{o.super, o.admin, o.user} {
		who.Get("/users").Want(t, 200, `["<unordered>",{"user":{"username":"$admin"}},{"user":{"username":"$user"}}]`)
		who.Get("/users/$user").Want(t, 200, `{"username":"$user","email":"$user@example.com","display_name":"$user",
			"first_name":"First","last_name":"Last","public_key":"$pub0"}`)
		who.v(1).Get("/users/$user").Want(t, 200, `{"username":"$user","email":"$user@example.com","display_name":"$user",
			"first_name":"First","last_name":"Last"}`)
	}
	for _, who := range []actor{o.client, o.validator} {
		who.Get("/users").WantMissing(t, "read")
		who.Get("/users/$user").WantMissing(t, "read")
	}
	o.deniesOutsiders(t, "GET", "/users", "")
	o.deniesOutsiders(t, "GET", "/users/$user", "")
	o.super.Get("/users/$outsider").WantPlain(t, 404, "Cannot find a user $outsider in organization $O")
}

// invited posts an invite and lets $id be its id.
func (o *org) invited(t *testing.T, by actor, user string) {
	t.Helper()
	var made struct {
		URI string `json:"uri"`
	}
	by.Post("/association_requests", `{"user":"`+user+`"}`).Ok(t).Decode(t, &made)
	prefix := o.vars.expand("$org/association_requests/")
	if len(made.URI) <= len(prefix) || made.URI[:len(prefix)] != prefix {
		t.Fatalf("uri of an invite: %q", made.URI)
	}
	o.let("id", made.URI[len(prefix):])
}

const inviteJSON = `{"id":"$id","orgname":"$O","username":"$U","organization":{"deprecated":true,"name":"$O"},
	"user":"deprecated","organization_admin_actor_id":"deprecated"}`

func inviteLife(t *testing.T, o *org) {
	u := o.newLocalUser(t, "u")
	o.let("U", u.name())
	o.admin.Get("/association_requests").Want(t, 200, `[]`)
	u.Get("$root/users/$U/association_requests/count").Want(t, 200, `{"value":0}`)
	res := o.admin.Post("/association_requests", `{"user":"$U"}`).Want(t, 201, `{"uri":"<string>",
		"organization_user":{"username":"$admin"},"organization":{"name":"$O"},"user":{"email":"$U@example.com","first_name":"First"}}`)
	var made struct {
		URI string `json:"uri"`
	}
	res.Decode(t, &made)
	res.Location(t, made.URI)
	o.let("id", made.URI[len(o.vars.expand("$org/association_requests/")):])
	o.admin.Post("/association_requests", `{"user":"$U"}`).WantPlain(t, 409, "The invite already exists.")
	o.admin.Get("/association_requests").Want(t, 200, `[{"id":"$id","username":"$U"}]`)
	u.Get("$root/users/$U/association_requests").Want(t, 200, `[{"id":"$id","orgname":"$O"}]`)
	u.Get("$root/users/$U//association_requests").Want(t, 200, `[{"id":"$id","orgname":"$O"}]`)
	u.Get("$root/users/$U/association_requests/count").Want(t, 200, `{"value":1}`)
	u.Get("/nodes").Want(t, 403, "")
	o.admin.Delete("/association_requests/$id").Want(t, 200, inviteJSON)
	o.admin.Delete("/association_requests/$id").WantPlain(t, 404, "Cannot find association request: $id")
	u.Get("$root/users/$U/association_requests").Want(t, 200, `[]`)
	u.Put("$root/users/$U/association_requests/$id", `{"response":"accept"}`).WantPlain(t, 404, "Cannot find association request: $id")
}

func inviteFaults(t *testing.T, o *org) {
	o.admin.rejects(t, "POST", "/association_requests", []refusal{
		{`{}`, "Field 'user' missing"},
		{`{"user":1}`, "Field 'user' invalid"},
	})
	o.admin.rejectsAll(t, "POST", "/association_requests", ``, `{`)
	o.admin.Post("/association_requests", `{"user":"nobody-here"}`).WantPlain(t, 404, "Could not find user nobody-here")
	o.admin.Post("/association_requests", `{"user":"$user"}`).WantPlain(t, 409, "The association already exists.")
	o.admin.Delete("/association_requests/none").WantPlain(t, 404, "Cannot find association request: none")

	o.let("P", o.unique("conf-other"))
	o.super.Post("$root/organizations", `{"name":"$P","full_name":"P"}`).Ok(t)
	defer o.super.Delete("$root/organizations/$P")
	o.invited(t, o.admin, "$outsider")
	o.super.Delete("$root/organizations/$P/association_requests/$id").WantPlain(t, 400,
		"Organization $P does not match $O in association request")
	o.outsider.rejects(t, "PUT", "$root/users/$outsider/association_requests/$id", []refusal{
		{``, "invalid JSON"},
		{`{}`, "Field 'response' missing"},
		{`{"response":"maybe"}`, "Param response must be either 'accept' or 'reject'"},
	})
	for _, method := range []string{"GET", "POST", "DELETE"} {
		o.outsider.Do(method, "$root/users/$outsider/association_requests/$id", bodyFor(method, `{}`)).WantNotAllowed(t, "PUT")
	}
	o.admin.Delete("/association_requests/$id").Ok(t)
}

func inviteAnswer(t *testing.T, o *org) {
	u := o.newLocalUser(t, "u")
	o.let("U", u.name())
	const at = "$root/users/$U/association_requests"
	o.invited(t, o.admin, "$U")
	for _, who := range []actor{o.outsider, o.user, o.admin} {
		who.Put(at+"/$id", `{"response":"accept"}`).WantMissing(t, "grant")
	}
	u.Put(at+"/$id", `{"response":"reject"}`).Want(t, 200, inviteJSON)
	u.Get("/nodes").Want(t, 403, "")
	u.Put(at+"/$id", `{"response":"accept"}`).WantPlain(t, 404, "Cannot find association request: $id")

	o.invited(t, o.admin, "$U")
	u.Put(at+"/$id", `{"response":"accept"}`).Want(t, 200, inviteJSON)
	u.Get("/nodes").Want(t, 200, "")
	u.Get(at+"/count").Want(t, 200, `{"value":0}`)
	o.admin.Get("/association_requests").Want(t, 200, `[]`)
	o.admin.Get("/users").Want(t, 200, `["<containing>",{"user":{"username":"$U"}}]`)
	o.admin.Get("$root/users/$U").Want(t, 200, "")
	o.admin.Delete("/users/$U").Ok(t)

	// Whoever is associated in the meantime need not accept.
	o.invited(t, o.admin, "$U")
	o.super.Post("/users", `{"username":"$U"}`).Ok(t)
	u.Put(at+"/$id", `{"response":"accept"}`).WantPlain(t, 409, "The association already exists.")
	o.super.Delete("/users/$U").Ok(t)
}

// inviteRevoked: an invite is worth what the inviter's rights are worth when
// it is accepted.
func inviteRevoked(t *testing.T, o *org) {
	u, inviter := o.newLocalUser(t, "u"), o.newMember(t, "inviter")
	o.let("U", u.name())
	o.let("I", inviter.name())
	o.super.Put("/groups/admins", `{"actors":{"users":["$super","$admin","$I"]}}`).Ok(t)
	o.invited(t, inviter, "$U")
	o.super.Put("/groups/admins", `{"actors":{"users":["$super","$admin"]}}`).Ok(t)
	u.Put("$root/users/$U/association_requests/$id", `{"response":"accept"}`).WantPlain(t, 403,
		"This invitation is no longer valid. Please notify an administrator and request to be re-invited to the organization.")
	u.Get("$root/users/$U/association_requests").Want(t, 200, `[]`)
	o.admin.Get("/association_requests").Want(t, 200, `[]`)
	u.Get("/nodes").Want(t, 403, "")
	o.admin.Get("/users").Want(t, 200, `["<unordered>",{"user":{"username":"$admin"}},{"user":{"username":"$user"}},{"user":{"username":"$I"}}]`)
	o.super.Delete("/users/$I").Ok(t)
	// Rights that named an inviter are worth nothing once the inviter is gone.
	inviter = o.newMember(t, "inviter")
	o.let("I", inviter.name())
	o.super.Put("/groups/admins", `{"actors":{"users":["$super","$admin","$I"]}}`).Ok(t)
	o.super.Put("/containers/groups/_acl/create", `{"create":{"actors":["$super","$I"],"groups":["admins"]}}`).Ok(t)
	o.invited(t, inviter, "$U")
	o.super.Delete("$root/users/$I").Ok(t)
	u.Put("$root/users/$U/association_requests/$id", `{"response":"accept"}`).WantPlain(t, 403,
		"This invitation is no longer valid. Please notify an administrator and request to be re-invited to the organization.")
	u.Get("/nodes").Want(t, 403, "")
}

func invitePermissions(t *testing.T, o *org) {
	o.grants(t, []access{
		{"GET", "/association_requests", "", 200, "super admin user", "read", nil},
	})
	for _, who := range []actor{o.user, o.client, o.validator} {
		who.Post("/association_requests", `{"user":"$outsider"}`).WantMissing(t, "update")
	}
	o.deniesOutsiders(t, "POST", "/association_requests", `{"user":"$outsider"}`)
	o.invited(t, o.admin, "$outsider")
	for _, who := range []actor{o.user, o.client, o.validator} {
		who.Delete("/association_requests/$id").WantMissing(t, "update")
	}
	for _, path := range []string{"", "/count"} {
		at := "$root/users/$outsider/association_requests" + path
		o.outsider.Get(at).Want(t, 200, "")
		o.super.Get(at).Want(t, 200, "")
		o.user.Get(at).WantMissing(t, "read")
		o.admin.Get(at).WantMissing(t, "read")
		o.client.Get(at).Want(t, 401, "")
	}
	o.super.Get("$root/users/nobody-here/association_requests").WantPlain(t, 404, "Could not find user nobody-here")
	o.super.Get("$root/users/nobody-here/association_requests/count").WantPlain(t, 404, "Could not find user nobody-here")
	o.admin.Delete("/association_requests/$id").Want(t, 200, "")
}
