package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// fuzzedPaths are the routes that take a body, a query or a name; NAME stands
// for what the fuzzer calls it.
var fuzzedPaths = []string{
	"/nodes", "/nodes/NAME", "/roles", "/roles/NAME", "/roles/NAME/environments/NAME",
	"/environments", "/environments/NAME", "/environments/_default/cookbook_versions",
	"/environments/_default/cookbooks/NAME", "/environments/NAME/roles/NAME",
	"/data", "/data/NAME", "/data/bag", "/data/bag/NAME", "/cookbooks/NAME", "/cookbooks/NAME/1.0.0",
	"/cookbooks/cb/NAME", "/cookbook_artifacts/NAME/NAME", "/policies/NAME", "/policies/NAME/revisions",
	"/policies/NAME/revisions/NAME", "/policy_groups/NAME", "/policy_groups/dev/policies/NAME",
	"/sandboxes", "/sandboxes/NAME", "/search/node", "/search/NAME", "/clients", "/clients/NAME",
	"/clients/NAME/keys", "/clients/NAME/keys/NAME", "/groups", "/groups/NAME", "/containers", "/containers/NAME",
	"/nodes/NAME/_acl/read", "/groups/admins/_acl/NAME", "/association_requests", "/association_requests/NAME",
	"/users", "/users/NAME", "/principals/NAME", "/universe", "/NAME",
}

// serverPaths are those outside of organizations.
var serverPaths = []string{
	"/users", "/users/NAME", "/users/NAME/keys", "/users/NAME/keys/NAME", "/users/NAME/association_requests/NAME",
	"/organizations", "/organizations/NAME", "/authenticate_user", "/system_recovery", "/NAME",
}

func fuzzedPath(route uint8, name string) string {
	i := int(route) % (len(fuzzedPaths) + len(serverPaths))
	var path string
	if i < len(fuzzedPaths) {
		path = "/organizations/acme" + fuzzedPaths[i]
	} else {
		path = serverPaths[i-len(fuzzedPaths)]
	}
	return strings.ReplaceAll(path, "NAME", url.PathEscape(name))
}

// Whatever the superuser, who is denied nothing, sends to any route is
// answered, and never as the server's own failure; what says that it is JSON
// is.
func FuzzRequests(f *testing.F) {
	s := newTestServer(f).withKeys(f)
	s.call(f, http.StatusCreated, "POST", "/data", `{"name":"bag"}`)
	for route := range len(fuzzedPaths) + len(serverPaths) {
		for method := range methodOrder {
			f.Add(uint8(route), uint8(method), uint8(route%3), "bag", "q=name:x*&rows=2&num_versions=all", []byte(fuzzedBodies[route%len(fuzzedBodies)]))
		}
	}
	for i, body := range fuzzedBodies {
		f.Add(uint8(i), uint8(1), uint8(0), "x", "", []byte(body))
	}
	f.Fuzz(func(t *testing.T, route, method, version uint8, name, query string, body []byte) {
		path := fuzzedPath(route, name)
		if path == "/organizations/acme" {
			return // everything else needs it
		}
		target, err := url.Parse(path)
		if err != nil {
			return
		}
		target.RawQuery = query
		r := httptest.NewRequest(methodOrder[int(method)%len(methodOrder)], "/", bytes.NewReader(body))
		r.URL, r.RequestURI = target, target.RequestURI()
		r.Header.Set("X-Ops-Server-API-Version", strconv.Itoa(int(version)%(maxVersion+1)))
		if err := s.signer.Sign(r, body); err != nil {
			t.Fatalf("sign: %v", err)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%s %s: %d %s\nbody %q", r.Method, target, w.Code, w.Body, body)
		}
		if w.Header().Get("Content-Type") == "application/json" && w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s: not JSON: %q", r.Method, target, w.Body)
		}
	})
}

var fuzzedBodies = []string{
	``, `{}`, `[]`, `null`, `{"name":"x"}`, `{"name":"x","run_list":["recipe[a@1.0]","role[b]"],"normal":{"a":{"b":[1,null]}}}`,
	`{"run_list":["a","recipe[b::c@1.2.3]"]}`, `{"id":"x","a":"\ud800"}`, `{"checksums":{"` + strings.Repeat("a", 32) + `":null}}`,
	`{"is_completed":true}`, `{"name":["name"],"os":["kernel","os"]}`, `{"name":"x","create_key":true}`,
	`{"name":"k","public_key":"-----BEGIN PUBLIC KEY-----\nMII=\n-----END PUBLIC KEY-----","expiration_date":"infinity"}`,
	`{"groupname":"g","id":"g","actors":{"users":["pivotal"],"clients":["acme-validator"],"groups":["admins"]}}`,
	`{"containername":"c"}`, `{"read":{"actors":["pivotal"],"groups":["admins","acme::users"]}}`, `{"user":"x"}`, `{"username":"x"}`,
	`{"username":"u","email":"u@x.org","display_name":"U","password":"secret","first_name":"U","last_name":"V"}`,
	`{"name":"o","full_name":"O"}`, `{"username":"pivotal","password":"secret"}`, `{"response":"accept"}`,
	`{"name":"cb","cookbook_name":"cb","version":"1.0.0","json_class":"Chef::CookbookVersion","chef_type":"cookbook_version",` +
		`"metadata":{"version":"1.0.0","name":"cb","dependencies":{"d":">= 0.0.0"}},"recipes":[]}`,
	`{"name":"p","revision_id":"1","run_list":["recipe[a::b]"],"cookbook_locks":{"a":{"identifier":"` + strings.Repeat("f", 40) + `","version":"1.0.0"}}}`,
	`{"name":"x","default_attributes":{},"override_attributes":{},"cookbook_versions":{"a":"~> 1.0"},"env_run_lists":{"prod":[]}}`,
}
