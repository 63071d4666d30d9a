package conformance

import (
	"strings"
	"testing"
)

func testUniverse(t *testing.T, o *org) {
	o.user.Get("/universe").Want(t, 200, `{}`)
	o.depends(t, "a", "1.0.0", `"b":">= 1.0","c":"2.0"`)
	o.cookbook(t, "a", "1.1.0")
	o.cookbook(t, "b", "2.0.0")
	version := func(path, dependencies string) string {
		return `{"location_path":"$org/cookbooks/` + path + `","location_type":"chef_server","dependencies":{` + dependencies + `}}`
	}
	o.client.Get("/universe").Want(t, 200, `{"a":{"1.0.0":`+version("a/1.0.0", `"b":">= 1.0","c":"= 2.0"`)+`,"1.1.0":`+version("a/1.1.0", ``)+`},
		"b":{"2.0.0":`+version("b/2.0.0", ``)+`}}`)
	o.super.Delete("/cookbooks/a/1.0.0").Ok(t)
	o.client.Get("/universe").Want(t, 200, `{"a":{"1.1.0":`+version("a/1.1.0", ``)+`},"b":{"2.0.0":`+version("b/2.0.0", ``)+`}}`)
	o.deniesOutsiders(t, "GET", "/universe", "")
}

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

func testLicense(t *testing.T, o *org) {
	shape := `{"limit_exceeded":"<bool>","node_license":"<int>","node_count":"<int>","upgrade_url":"<string>"}`
	for _, who := range []actor{o.super, o.admin, o.user, o.outsider} {
		who.Get("$root/license").Want(t, 200, shape)
		who.Get("$root/server_api_version").Want(t, 200, `{"min_api_version":0,"max_api_version":2}`)
	}
	o.client.Get("$root/license").Want(t, 401, "")
	o.stranger.Get("$root/license").Want(t, 401, "")
	var license struct {
		Exceeded bool  `json:"limit_exceeded"`
		License  int64 `json:"node_license"`
		Count    int64 `json:"node_count"`
	}
	o.super.Post("/nodes", `{"name":"n1"}`).Ok(t)
	res := o.user.Get("$root/license").Ok(t)
	if res.Decode(t, &license); license.Count < 1 || license.Exceeded != (license.Count > license.License) {
		t.Errorf("%s: %s with a node there", res, clip(res.body))
	}
}

func testStatus(t *testing.T, o *org) {
	anybody := o.user.unsigned().outside()
	status := anybody.Get("$root/_status").Want(t, 200, `{"status":"pong","upstreams":"<any>","keygen":"<any>","indexing":"<any>","<more>":0}`)
	var shown struct {
		Upstreams map[string]string
		Keygen    map[string]int
		Indexing  struct{ Mode string }
	}
	status.Decode(t, &shown)
	for name, state := range shown.Upstreams {
		if state != "pong" {
			t.Errorf("%s: upstream %s is %s", status, name, state)
		}
	}
	for _, key := range []string{"keys", "max", "max_workers", "cur_max_workers", "inflight", "avail_workers", "start_size"} {
		if _, ok := shown.Keygen[key]; !ok {
			t.Errorf("%s: keygen has no %s", status, key)
		}
	}
	if shown.Indexing.Mode != "inline" && shown.Indexing.Mode != "batch" {
		t.Errorf("%s: indexing mode %q", status, shown.Indexing.Mode)
	}
	anybody.v(99).Get("$root/_status").Want(t, 200, "")
	if version := anybody.Get("$root/version"); version.status != 200 || !strings.HasPrefix(version.header.Get("Content-Type"), "text/plain") {
		t.Errorf("%s: %d %s", version, version.status, version.header.Get("Content-Type"))
	}
	anybody.Get("$root/_stats").Want(t, 401, "")

	const gone = "Resource gone, analytics is no longer supported by Chef Server"
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		for _, who := range []actor{o.user, o.stranger, o.user.unsigned(), o.user.v(99)} {
			who.outside().Do(method, "/controls", bodyFor(method, `{}`)).WantPlain(t, 410, gone)
		}
		for _, who := range []actor{o.user, o.user.unsigned()} {
			who.outside().Do(method, "/required_recipe", bodyFor(method, `{}`)).Want(t, 404, "")
		}
	}
}
