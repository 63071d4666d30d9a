// Package conformance tests a Chef Infra Server through its HTTP API alone:
// whatever serves a URL and has given out the superuser's key can be its
// subject. Each noun of the API gets an organization of its own, so that nouns
// run in parallel and a failure in one leaves the others standing.
//
// A server's own tests call Run; any other server is tested by
//
//	go test ./conformance -url URL -key FILE
//
// Ruby with mixlib-authentication has to be there (Debian:
// ruby-mixlib-authentication), to sign requests as Chef's own tools do.
package conformance

import (
	"crypto/rsa"
	"net/http"
	"testing"
	"time"
)

// Target is the server under test.
type Target struct {
	URL       string          // where the API is, without a trailing slash
	Superuser string          // "" means pivotal
	Key       *rsa.PrivateKey // the superuser's
	WebUIKey  *rsa.PrivateKey // nil leaves requests of the web console untested
	MaxBody   int             // bytes of JSON that it accepts; 0 means 2,000,000
	HTTP      *http.Client    // nil means a client that trusts the system's roots
	Seed      uint64          // of the names; 0 means a random one, which is logged

	// Now is the clock that the server also reads; nil means time.Now.
	Now func() time.Time
}

// noun is one part of the API with the organization to test it in.
type noun struct {
	name string
	test func(*testing.T, *org)
}

// Run tests the target. It creates organizations, users and everything in
// them, and deletes them when t ends.
func Run(t *testing.T, target Target) {
	w := newWorld(t, target)
	for _, n := range nouns(target) {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			n.test(t, w.newOrg(t, n.name))
		})
	}
}

func nouns(target Target) []noun {
	all := []noun{
		{"routes", testRoutes},
		{"headers", testHeaders},
		{"signing", testSigning},
		{"organizations", testOrganizations},
		{"bootstrap", testBootstrap},
		{"users", testUsers},
		{"associations", testAssociations},
		{"authenticate", testAuthenticate},
		{"clients", testClients},
		{"keys", testKeys},
		{"groups", testGroups},
		{"containers", testContainers},
		{"acl", testACL},
		{"authorization", testAuthorization},
		{"nodes", testNodes},
		{"roles", testRoles},
		{"environments", testEnvironments},
		{"databags", testDataBags},
		{"cookbooks", testCookbooks},
		{"sandboxes", testSandboxes},
		{"artifacts", testArtifacts},
		{"policies", testPolicies},
		{"depsolver", testDepsolver},
		{"universe", testUniverse},
		{"principals", testPrincipals},
		{"search", testSearch},
		{"license", testLicense},
		{"status", testStatus},
		{"limits", testLimits},
		{"concurrency", testConcurrency},
	}
	if target.WebUIKey != nil {
		all = append(all, noun{"webui", testWebUI})
	}
	return all
}
