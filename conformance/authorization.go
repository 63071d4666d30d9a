package conformance

import (
	"strings"
	"testing"
)

// testAuthorization: who may do what by default, for each kind of object.
func testAuthorization(t *testing.T, o *org) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { k.authorization(t, o) })
	}
	t.Run("each permission alone", func(t *testing.T) { permissionsAlone(t, o) })
	t.Run("creators", func(t *testing.T) { creators(t, o) })
	t.Run("removed members", func(t *testing.T) { removedMembers(t, o) })
}

func (k kind) authorization(t *testing.T, o *org) {
	o.grants(t, []access{{k.method, k.path, k.body, 201, k.creators, "create", func() { k.remove(t, o) }}})
	k.create(t, o)
	again := func() { k.create(t, o) }
	if k.method == "PUT" || k.name == "groups" {
		k.remove(t, o) // their own files have what is peculiar to them
		return
	}
	collection := k.path
	if k.name == "policies" {
		collection = "/policies"
	}
	o.grants(t, []access{
		{"GET", collection, "", 200, k.readers, "read", nil},
		{"GET", k.object, "", 200, k.readers, "read", nil},
		{"DELETE", k.object, "", 200, k.deleters, "delete", again},
	})
	if k.update != "" {
		o.grants(t, []access{{"PUT", k.object, k.update, 200, k.updaters, "update", nil}})
	}
	k.remove(t, o)
}

// permissionsAlone: a permission that somebody is given is the one they have.
func permissionsAlone(t *testing.T, o *org) {
	for _, k := range kinds {
		if k.update == "" {
			continue
		}
		for _, given := range []string{"read", "update", "delete"} {
			k.create(t, o)
			for _, perm := range permissions {
				actors := `"$super"`
				if perm == given {
					actors += `,"$client"`
				}
				o.super.Put(k.object+"/_acl/"+perm, ace(perm, actors, "")).Ok(t)
			}
			k.tryEach(t, o, given)
			if given != "delete" {
				k.remove(t, o)
			}
		}
	}
}

// tryEach expects the client to be allowed one thing, and others nothing.
func (k kind) tryEach(t *testing.T, o *org, given string) {
	t.Helper()
	for _, try := range []struct{ perm, method, body string }{
		{"read", "GET", ""}, {"update", "PUT", k.update}, {"delete", "DELETE", ""},
	} {
		o.user.Do(try.method, k.object, try.body).WantMissing(t, try.perm)
		res := o.client.Do(try.method, k.object, try.body)
		if try.perm == given {
			res.Want(t, 200, "")
		} else {
			res.WantMissing(t, try.perm)
		}
	}
}

// creators have every permission on what they create, whatever their groups.
func creators(t *testing.T, o *org) {
	o.super.Put("/containers/roles/_acl/create", ace("create", `"$super","$client"`, ``)).Ok(t)
	for _, perm := range []string{"read", "update", "delete", "grant"} {
		o.super.Put("/containers/roles/_acl/"+perm, ace(perm, `"$super"`, ``)).Ok(t)
	}
	o.client.Post("/roles", `{"name":"r1"}`).Want(t, 201, "")
	o.admin.Get("/roles/r1").WantMissing(t, "read")
	o.client.Get("/roles/r1").Want(t, 200, "")
	o.client.Put("/roles/r1", `{}`).Want(t, 200, "")
	o.client.Get("/roles/r1/_acl").Want(t, 200, "")
	o.client.Put("/roles/r1/_acl/read", ace("read", `"$admin"`, ``)).Want(t, 200, `{}`)
	o.client.Get("/roles/r1").WantMissing(t, "read")
	o.admin.Get("/roles/r1").Want(t, 200, "")
	o.client.Delete("/roles/r1").Want(t, 200, "")
	o.client.Get("/roles").WantMissing(t, "read")
}

// removedMembers: whoever left cannot come in by a name that stayed in an ACL.
func removedMembers(t *testing.T, o *org) {
	u := o.newMember(t, "u")
	o.let("U", u.name())
	o.super.Post("/groups", `{"groupname":"g1"}`).Ok(t)
	o.super.Put("/groups/g1", `{"actors":{"users":["$U"]}}`).Ok(t)
	o.super.Post("/nodes", `{"name":"n1"}`).Ok(t)
	for _, perm := range permissions {
		o.super.Put("/nodes/n1/_acl/"+perm, ace(perm, `"$super","$U"`, `"g1"`)).Ok(t)
	}
	u.Put("/nodes/n1", `{}`).Want(t, 200, "")
	o.super.Delete("/users/$U").Ok(t)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		u.Do(method, "/nodes/n1", bodyFor(method, `{}`)).WantError(t, 403, "'$U' not associated with organization '$O'")
	}
	u.Get("/nodes/n1/_acl").Want(t, 403, "")
	// Nor does a namesake inherit what a deleted user had.
	o.super.Delete("$root/users/$U").Ok(t)
	o.super.Post("$root/users", strings.ReplaceAll(userBody("%"), "%", u.name())).Ok(t)
	o.super.Post("/users", `{"username":"$U"}`).Ok(t)
	u.Get("/nodes/n1/_acl").Want(t, 403, "")
	u.Get("/nodes").Want(t, 200, "")
	o.super.Delete("/nodes/n1").Ok(t)
	o.super.Delete("/groups/g1").Ok(t)
}
