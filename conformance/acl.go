package conformance

import (
	"fmt"
	"strings"
	"testing"
)

func testACL(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"kinds", aclKinds},
		{"replace", aclReplace},
		{"granular", aclGranular},
		{"faults", aclFaults},
		{"ambiguous names", aclAmbiguous},
		{"scoped groups", aclScoped},
		{"administrators' grant", aclLastGrant},
		{"of a user", aclOfUser},
		{"of a user: faults", aclOfUserFaults},
		{"of the organization", aclOfOrg},
		{"of a container", aclOfContainer},
		{"deleted actors", aclDeletedActors},
	})
}

var permissions = []string{"create", "read", "update", "delete", "grant"}

// ace is a request to set one permission.
func ace(perm, actors, groups string) string {
	return fmt.Sprintf(`{%q:{"actors":[%s],"groups":[%s]}}`, perm, actors, groups)
}

// aclKinds: every kind of object has an ACL, which takes grant to see or change.
func aclKinds(t *testing.T, o *org) {
	for _, k := range kinds {
		k.create(t, o)
		at := k.object + "/_acl"
		o.admin.Get(at).Want(t, 200, "")
		for _, who := range []actor{o.user, o.client, o.validator} {
			who.Get(at).Want(t, 403, "")
		}
		o.deniesOutsiders(t, "GET", at, "")
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			o.admin.Do(method, at, `{}`).WantNotAllowed(t, "GET")
		}
		for _, perm := range permissions {
			for _, who := range []actor{o.user, o.client} {
				who.Put(at+"/"+perm, ace(perm, `"$super"`, "")).Want(t, 403, "")
			}
			// Taking admins out of grant would be refused before anybody is asked for a name.
			o.deniesOutsiders(t, "PUT", at+"/"+perm, ace(perm, `"$super"`, `"admins"`))
			o.admin.Put(at+"/"+perm, ace(perm, `"$super","$admin","$client"`, `"admins","clients"`)).Want(t, 200, `{}`)
			for _, method := range []string{"GET", "POST", "DELETE"} {
				o.admin.Do(method, at+"/"+perm, `{}`).WantNotAllowed(t, "PUT")
			}
		}
		o.validator.Get(at).Want(t, 200, acl(`"$super","$admin","$client"`, "ac", "ac", "ac", "ac", "ac"))
		o.admin.Get(k.none+"/_acl").Want(t, 404, "")
		o.admin.Put(k.none+"/_acl/read", ace("read", `"$super"`, "")).Want(t, 404, "")
		k.remove(t, o)
	}
}

// aclReplace: what is written is what is there, and each permission counts for
// itself.
func aclReplace(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"n1"}`).Ok(t)
	set := func(perm, actors, groups string) {
		t.Helper()
		o.super.Put("/nodes/n1/_acl/"+perm, ace(perm, actors, groups)).Want(t, 200, `{}`)
	}
	for _, perm := range permissions {
		set(perm, `"$super"`, "")
	}
	o.super.Get("/nodes/n1/_acl").Want(t, 200, acl(`"$super"`, "", "", "", "", ""))
	try := map[string]func(actor) *response{
		"read":   func(a actor) *response { return a.Get("/nodes/n1") },
		"update": func(a actor) *response { return a.Put("/nodes/n1", `{}`) },
		"grant":  func(a actor) *response { return a.Get("/nodes/n1/_acl") },
	}
	for _, who := range []actor{o.admin, o.user, o.client} {
		for perm, do := range try {
			do(who).Want(t, 403, "")
			set(perm, `"$super","`+who.name()+`"`, "")
			for other, do := range try {
				status := 403
				if other == perm {
					status = 200
				}
				do(who).Want(t, status, "")
			}
			set(perm, `"$super"`, "")
		}
		who.Delete("/nodes/n1").WantMissing(t, "delete")
	}
	// Nobody is left who may change it, not even whoever wrote it.
	set("grant", "", "")
	o.super.Get("/nodes/n1/_acl").Want(t, 403, "")
	o.super.Delete("/nodes/n1").Want(t, 200, "")
}

func aclGranular(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"n1"}`).Ok(t)
	const at = "/nodes/n1/_acl"
	granular := func(users, clients, groups string) string {
		return fmt.Sprintf(`{"read":{"actors":[],"users":[%s],"clients":[%s],"groups":[%s]}}`, users, clients, groups)
	}
	o.super.Put(at+"/read", granular(`"$super","$user"`, `"$client"`, `"admins"`)).Want(t, 200, `{}`)
	o.super.Get(at).Want(t, 200, `{"read":{"actors":["$client","<any>","<any>"],"groups":["admins"]},"<more>":0}`)
	shown := `{"read":{"actors":[],"users":["<unordered>","$super","$user"],"clients":["$client"],"groups":["admins"]},"<more>":0}`
	o.super.Get(at+"?detail=granular").Want(t, 200, shown)
	o.super.Get(at+"?detail=frob").Want(t, 200, `{"read":{"actors":["<any>","<any>","<any>"],"groups":["admins"]},"<more>":0}`)
	o.super.Put(at+"/read", granular(`"$super","$outsider"`, ``, ``)).Want(t, 200, `{}`)
	o.super.Get(at+"?detail=granular").Want(t, 200,
		`{"read":{"actors":[],"users":["<unordered>","$super","$outsider"],"clients":[],"groups":[]},"<more>":0}`)
	o.super.rejects(t, "PUT", at+"/read", []refusal{
		{`{"read":{"actors":[],"clients":[],"groups":[]}}`,
			"You provided 'clients' with your request. Including this field also requires that you provide 'users'"},
		{`{"read":{"actors":[],"users":[],"groups":[]}}`,
			"You provided 'users' with your request. Including this field also requires that you provide 'clients'"},
		{`{"read":{"actors":["$super"],"users":[],"clients":[],"groups":[]}}`,
			"When providing 'users' and 'clients' fields, the 'actors' field must have a value of []."},
		{granular(`"$super"`, `"x","y"`, ``), "The client(s) 'x', 'y' do not exist in this organization."},
		{granular(`"x","y"`, `"$client"`, ``), "The user(s) 'x', 'y' do not exist in this organization."},
		{granular(`"$super"`, `"$client"`, `"x"`), "The group(s) 'x' do not exist in this organization."},
	})
	o.super.Delete("/nodes/n1").Ok(t)
}

// aclFault are the requests that are wrong in the same way for every kind.
func aclFault(perm string) []refusal {
	p := func(s string) string { return strings.ReplaceAll(s, "PERM", perm) }
	return []refusal{
		{``, "invalid JSON"},
		{`{`, "invalid JSON"},
		{p(`{"frob":{"actors":[],"groups":[]}}`), "Invalid key frob in request body"},
		{p(`{"PERM":{"groups":["admins"]}}`), p("Field 'PERM.actors' missing")},
		{p(`{"PERM":{"actors":["$super"]}}`), p("Field 'PERM.groups' missing")},
		{p(`{"PERM":{"actors":"$super","groups":[]}}`), p("Field 'PERM.actors' invalid")},
		{p(`{"PERM":{"actors":[],"groups":{}}}`), p("Field 'PERM.groups' invalid")},
	}
}

func aclFaults(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"n1"}`).Ok(t)
	before := acl(`"$super"`, "auc", "auc", "au", "au", "a")
	for _, perm := range permissions {
		at := "/nodes/n1/_acl/" + perm
		o.super.rejects(t, "PUT", at, aclFault(perm))
		o.super.rejectsAll(t, "PUT", at, `[]`, `{}`, `{"`+perm+`":[]}`, `{"`+perm+`":{"actors":[1],"groups":[]}}`,
			`{"`+perm+`":{"actors":[],"groups":[{}]}}`)
		o.super.rejects(t, "PUT", at, []refusal{
			{ace(perm, `"$super","a","b"`, ``), "The actor(s) 'a', 'b' do not exist in this organization as clients or users."},
			{ace(perm, `"$super"`, `"admins","x"`), "The group(s) 'x' do not exist in this organization."},
			{ace(perm, `"$super","::x"`, ``), "Scoped actor names are not allowed in this context: '::x'"},
			{ace(perm, `"$super"`, `"nowhere::x"`), "The group(s) 'nowhere::x' do not exist in this organization."},
		})
	}
	o.super.rejectsAll(t, "PUT", "/nodes/n1/_acl/frob", ace("frob", `"$super"`, ""))
	o.super.rejects(t, "PUT", "/nodes/n1/_acl/read", []refusal{{ace("update", `"$super"`, ""), "Invalid key update in request body"}})
	o.super.Get("/nodes/n1/_acl").Want(t, 200, before)
	o.super.Delete("/nodes/n1").Ok(t)
}

// aclAmbiguous: a name that is both a client and a member has to be told apart.
func aclAmbiguous(t *testing.T, o *org) {
	both := o.newMember(t, "both")
	o.let("B", both.name())
	o.super.Post("/clients", `{"name":"$B","public_key":"$pub1"}`).Ok(t)
	o.super.Post("/nodes", `{"name":"n1"}`).Ok(t)
	o.super.Put("/nodes/n1/_acl/read", ace("read", `"$super","$B"`, "")).WantError(t, 422,
		"The following actor(s) exist as both clients and users within this organization: '$B'. To perform this update, supply separate 'clients' and 'users' fields in your request, and use an empty array for the value of 'actors'.")
	o.super.Put("/nodes/n1/_acl/read", `{"read":{"actors":[],"users":["$B"],"clients":[],"groups":[]}}`).Want(t, 200, `{}`)
	both.Get("/nodes/n1").Want(t, 200, "")
	both.withKey(o.keys[1]).Get("/nodes/n1").WantMissing(t, "read")
	o.super.Put("/nodes/n1/_acl/read", `{"read":{"actors":[],"users":["$super"],"clients":["$B"],"groups":[]}}`).Want(t, 200, `{}`)
	both.Get("/nodes/n1").WantMissing(t, "read")
	both.withKey(o.keys[1]).Get("/nodes/n1").Want(t, 200, "")
	// Of a user who does not belong, the client is meant.
	o.super.Post("/clients", `{"name":"$outsider"}`).Ok(t)
	o.super.Put("/nodes/n1/_acl/read", ace("read", `"$super","$outsider"`, "")).Want(t, 200, `{}`)
	o.super.Get("/nodes/n1/_acl?detail=granular").Want(t, 200, `{"read":{"actors":[],"users":["$super"],"clients":["$outsider"],"groups":[]},"<more>":0}`)
	o.super.Delete("/clients/$outsider").Ok(t)
	o.super.Delete("/nodes/n1").Ok(t)
	o.super.Delete("/clients/$B").Ok(t)
}
