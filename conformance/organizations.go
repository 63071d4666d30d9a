package conformance

import (
	"fmt"
	"strings"
	"testing"
)

func testOrganizations(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"life", orgLife},
		{"validation", orgValidation},
		{"update", orgUpdate},
		{"permissions", orgPermissions},
		{"deletion", orgDeletion},
		{"of a user", orgsOfUser},
	})
}

func orgLife(t *testing.T, o *org) {
	o.let("P", o.unique("conf-life"))
	for version := range 3 {
		super := o.super.v(version)
		super.Post("$root/organizations", `{"name":"$P","full_name":"Full of Ünïcode","org_type":"Business"}`).
			Want(t, 201, `{"uri":"$root/organizations/$P","clientname":"$P-validator","private_key":"<private>"}`).
			Location(t, "$root/organizations/$P")
		super.Post("$root/organizations", `{"name":"$P","full_name":"Other"}`).WantPlain(t, 409, "Organization already exists")
		super.Get("$root/organizations").Want(t, 200, `{"$P":"$root/organizations/$P","$O":"$org","<more>":0}`)
		shown := `{"name":"$P","full_name":"Full of Ünïcode","guid":"<hex32>"}`
		super.Get("$root/organizations/$P").Want(t, 200, shown)
		super.Delete("$root/organizations/$P").Want(t, 200, shown)
		for _, path := range []string{"", "/nodes", "/nodes/x", "/users", "/organizations/_acl", "/search/node", "/cookbooks"} {
			super.Get("$root/organizations/$P"+path).WantError(t, 404, "organization '$P' does not exist.")
		}
		super.Put("$root/organizations/$P", `{"name":"$P","full_name":"X"}`).WantError(t, 404, "organization '$P' does not exist.")
		super.Delete("$root/organizations/$P").WantError(t, 404, "organization '$P' does not exist.")
	}
}

var orgFaults = []refusal{
	{``, "invalid JSON"},
	{`{`, "invalid JSON"},
	{`[]`, "Incorrect JSON type for request body"},
	{`{"full_name":"F"}`, "Field 'name' missing"},
	{`{"name":"","full_name":"F"}`, "Field 'name' invalid"},
	{`{"name":"a b","full_name":"F"}`, "Field 'name' invalid"},
	{`{"name":"A","full_name":"F"}`, "Field 'name' invalid"},
	{`{"name":"-a","full_name":"F"}`, "Field 'name' invalid"},
	{`{"name":"a.b","full_name":"F"}`, "Field 'name' invalid"},
	{`{"name":1,"full_name":"F"}`, "Field 'name' invalid"},
	{`{"name":"` + strings.Repeat("a", 256) + `","full_name":"F"}`, "Field 'name' invalid"},
	{`{"name":"$O"}`, "Field 'full_name' missing"},
	{`{"name":"$O","full_name":""}`, "Field 'full_name' invalid"},
	{`{"name":"$O","full_name":" F"}`, "Field 'full_name' invalid"},
	{`{"name":"$O","full_name":1}`, "Field 'full_name' invalid"},
	{`{"name":"$O","full_name":"` + strings.Repeat("a", 1024) + `"}`, "Field 'full_name' invalid"},
}

func orgValidation(t *testing.T, o *org) {
	o.super.rejects(t, "POST", "$root/organizations", orgFaults)
	o.super.rejects(t, "PUT", "$org", orgFaults)
	o.super.rejects(t, "PUT", "$org", []refusal{{`{"name":"other","full_name":"F"}`, "Field 'name' invalid"}})
	o.super.Get("$org").Want(t, 200, `{"name":"$O","full_name":"Conformance of organizations","guid":"<hex32>"}`)
	o.let("L", o.unique("0"+strings.Repeat("a", 245))) // 255 with its ending
	o.super.Post("$root/organizations", `{"name":"$L","full_name":"F"}`).Want(t, 201, "")
	o.super.Delete("$root/organizations/$L").Want(t, 200, "")
}

func orgUpdate(t *testing.T, o *org) {
	o.admin.Put("$org", `{"name":"$O","full_name":"New name"}`).Want(t, 200, `{"name":"$O","full_name":"New name"}`)
	o.admin.Get("$org").Want(t, 200, `{"name":"$O","full_name":"New name","guid":"<hex32>"}`)
	o.super.Put("$org", `{"name":"$O","full_name":"Conformance of organizations"}`).Ok(t)
}

func orgPermissions(t *testing.T, o *org) {
	o.grants(t, []access{
		{"GET", "$org", "", 200, "super admin user", "read", nil},
		{"PUT", "$org", `{"name":"$O","full_name":"Conformance of organizations"}`, 200, "super admin", "update", nil},
	})
	for _, who := range []actor{o.user, o.client, o.validator} {
		who.Delete("$org").WantMissing(t, "delete")
	}
	o.deniesOutsiders(t, "DELETE", "$org", "")
	for _, who := range []actor{o.admin, o.user, o.outsider} {
		who.Get("$root/organizations").WantMissing(t, "read")
		who.Post("$root/organizations", `{"name":"x","full_name":"X"}`).WantMissing(t, "create")
	}
	o.stranger.Get("$root/organizations").Want(t, 401, "")
	o.stranger.Post("$root/organizations", `{"name":"x","full_name":"X"}`).Want(t, 401, "")
	o.client.Post("$root/organizations", `{"name":"x","full_name":"X"}`).Want(t, 401, "")
}

// orgDeletion: everything in it goes, and a namesake starts empty.
func orgDeletion(t *testing.T, o *org) {
	member := o.newLocalUser(t, "member")
	o.let("M", member.name())
	o.let("P", o.unique("conf-gone"))
	create := func() { o.super.Post("$root/organizations", `{"name":"$P","full_name":"P"}`).Ok(t) }
	create()
	defer o.super.Delete("$root/organizations/$P")
	o.super.Post("$root/organizations/$P/users", `{"username":"$M"}`).Ok(t)
	o.super.Post("$root/organizations/$P/nodes", `{"name":"n1"}`).Ok(t)
	o.super.Post("$root/organizations/$P/association_requests", `{"user":"$user"}`).Ok(t)
	member.Get("$root/users/$M/organizations").Want(t, 200, `[{"organization":{"name":"$P","full_name":"P","guid":"<hex32>"}}]`)
	o.super.Delete("$root/organizations/$P").Ok(t)
	member.Get("$root/users/$M/organizations").Want(t, 200, `[]`)
	o.user.Get("$root/users/$user/association_requests/count").Want(t, 200, `{"value":0}`)
	member.Get("$root/organizations/$P/nodes").WantError(t, 404, "organization '$P' does not exist.")
	create()
	o.super.Get("$root/organizations/$P/nodes").Want(t, 200, `{}`)
	o.super.Get("$root/organizations/$P/users").Want(t, 200, `[]`)
	o.super.Get("$root/organizations/$P/search/node").Want(t, 200, `{"total":0,"start":0,"rows":[]}`)
	member.Get("$root/organizations/$P/nodes").WantError(t, 403, "'$M' not associated with organization '$P'")
}

func orgsOfUser(t *testing.T, o *org) {
	member := o.newMember(t, "member")
	o.let("M", member.name())
	o.let("P", o.unique("conf-other"))
	o.super.Post("$root/organizations", `{"name":"$P","full_name":"P"}`).Ok(t)
	defer o.super.Delete("$root/organizations/$P")
	o.super.Post("$root/organizations/$P/users", `{"username":"$M"}`).Ok(t)
	item := func(name, full string) string {
		return fmt.Sprintf(`{"organization":{"name":%q,"full_name":%q,"guid":"<hex32>"}}`, name, full)
	}
	here, there := item("$O", "Conformance of organizations"), item("$P", "P")
	for _, who := range []actor{member, o.super} {
		who.Get("$root/users/$M/organizations").Want(t, 200, `["<unordered>",`+here+`,`+there+`]`)
	}
	// Others see what they share.
	o.user.Get("$root/users/$M/organizations").Want(t, 200, `[`+here+`]`)
	o.outsider.Get("$root/users/$M/organizations").WantMissing(t, "read")
	o.super.Get("$root/users/nobody-here/organizations").WantPlain(t, 404, "Could not find user nobody-here")
	o.super.Get("$root/users/$outsider/organizations").Want(t, 200, `[]`)
}
