package conformance

import (
	"strings"
	"testing"
)

// kind is one type of object in an organization that has an ACL.
type kind struct {
	name               string
	method, path, body string // of the request that creates object
	object, none       string // none is one that does not exist
	update             string // the body of an update, if it takes one by PUT
	// Who may create, read, update and delete by default.
	creators, readers, updaters, deleters string
}

func (k kind) create(t *testing.T, o *org) {
	t.Helper()
	o.super.Do(k.method, k.path, k.body).Ok(t)
}

func (k kind) remove(t *testing.T, o *org) {
	t.Helper()
	path := k.object
	if k.method == "PUT" && !strings.HasPrefix(k.path, "/policy_groups/") {
		path = k.path // of cookbooks and artifacts, the version goes
	}
	o.super.Delete(path).Ok(t)
}

const (
	everybody  = "super admin user client validator"
	ordinary   = "super admin user"
	privileged = "super admin"
)

var kinds = []kind{
	{"nodes", "POST", "/nodes", `{"name":"k1"}`, "/nodes/k1", "/nodes/none", `{}`, everybody, everybody, ordinary, ordinary},
	{"roles", "POST", "/roles", `{"name":"k1"}`, "/roles/k1", "/roles/none", `{}`, ordinary, everybody, ordinary, ordinary},
	{"environments", "POST", "/environments", `{"name":"k1"}`, "/environments/k1", "/environments/none", `{"name":"k1"}`,
		ordinary, everybody, ordinary, ordinary},
	{"data bags", "POST", "/data", `{"name":"k1"}`, "/data/k1", "/data/none", "", ordinary, everybody, ordinary, ordinary},
	{"clients", "POST", "/clients", `{"name":"k1","public_key":"$pub1"}`, "/clients/k1", "/clients/none", `{"name":"k1"}`,
		privileged + " validator", ordinary, privileged, ordinary},
	{"groups", "POST", "/groups", `{"groupname":"k1"}`, "/groups/k1", "/groups/none", "", privileged, ordinary, privileged, privileged},
	{"cookbooks", "PUT", "/cookbooks/k1/1.0.0", cookbookBody("k1", "1.0.0", ""), "/cookbooks/k1", "/cookbooks/none", "",
		ordinary, everybody, ordinary, ordinary},
	{"artifacts", "PUT", "/cookbook_artifacts/k1/" + artifactID, artifactBody("k1", artifactID), "/cookbook_artifacts/k1",
		"/cookbook_artifacts/none", "", ordinary, everybody, ordinary, ordinary},
	{"policies", "POST", "/policies/k1/revisions", policyBody("k1", "r1"), "/policies/k1", "/policies/none", "",
		ordinary, everybody, ordinary, ordinary},
	{"policy groups", "PUT", "/policy_groups/k1/policies/k1p", policyBody("k1p", "r1"), "/policy_groups/k1", "/policy_groups/none", "",
		ordinary, everybody, ordinary, ordinary},
}
