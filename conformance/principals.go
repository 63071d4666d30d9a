package conformance

import "testing"

func testPrincipals(t *testing.T, o *org) {
	principal := func(name, kind, member, key string) string {
		return `{"name":"` + name + `","public_key":"` + key + `","type":"` + kind + `","authz_id":"<hex32>","org_member":` + member + `}`
	}
	missing := func(what, text string) string { return `{"not_found":"` + what + `","error":"` + text + `"}` }
	// It asks nobody for a name.
	for _, who := range []actor{o.user, o.client, o.outsider, o.stranger, o.user.withKey(o.keys[2]), o.user.unsigned(),
		o.user.unsigned().with("X-Ops-UserId", "x")} {
		who.Get("/principals/$client").Want(t, 200, principal("$client", "client", "true", "$pub0"))
		who.Get("/principals/$user").Want(t, 200, principal("$user", "user", "true", "$pub0"))
		who.Get("/principals/$outsider").Want(t, 200, principal("$outsider", "user", "false", "$pub0"))
		who.v(1).Get("/principals/$client").Want(t, 200, `{"principals":[`+principal("$client", "client", "true", "$pub0")+`]}`)
		who.v(2).Get("/principals/$user").Want(t, 200, `{"principals":[`+principal("$user", "user", "true", "$pub0")+`]}`)
		for _, version := range []int{0, 1, 2} {
			who.v(version).Get("/principals/nobody-here").Want(t, 404, missing("principal", "Cannot find principal nobody-here"))
			who.v(version).Get("$root/organizations/no-such-org/principals/x").Want(t, 404, missing("org", "Cannot find org no-such-org"))
		}
		who.Post("/principals/$client", `{}`).WantNotAllowed(t, "GET")
	}
	both := o.newMember(t, "both")
	o.let("B", both.name())
	o.admin.Post("/clients", `{"name":"$B","public_key":"$pub1"}`).Ok(t)
	both.Post("$root/users/$B/keys", `{"name":"k2","public_key":"$pub2","expiration_date":"infinity"}`).Ok(t)
	both.Post("$root/users/$B/keys", `{"name":"old","public_key":"$pub1","expiration_date":"2012-01-01T00:00:00Z"}`).Ok(t)
	o.user.Get("/principals/$B").Want(t, 200, principal("$B", "client", "true", "$pub1"))
	user := principal("$B", "user", "true", "$pub0") + `,` + principal("$B", "user", "true", "$pub2")
	res := o.user.v(1).Get("/principals/$B").Want(t, 200, `{"principals":["<unordered>",`+user+`,`+principal("$B", "client", "true", "$pub1")+`]}`)
	var shown struct{ Principals []struct{ Type string } }
	if res.Decode(t, &shown); len(shown.Principals) == 3 && shown.Principals[2].Type != "client" {
		t.Errorf("%s: users do not come first: %v", res, shown.Principals)
	}
	o.admin.Delete("/clients/$B").Ok(t)
	o.user.Get("/principals/$B").Want(t, 200, `{"type":"user","<more>":0}`)
}
