package conformance

import (
	"strings"
	"testing"
)

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
