package api

import (
	"net/http"
	"testing"
)

// Without its superuser a server could not be administered, and the next user
// of that name would be it.
func TestTheSuperuserStays(t *testing.T) {
	s := newTestServer(t)
	for _, call := range []struct{ method, body string }{
		{"DELETE", ""},
		{"PUT", `{"username":"other","display_name":"Other","email":"other@example.com"}`},
	} {
		s.callGlobal(t, http.StatusForbidden, call.method, "/users/pivotal", call.body)
	}
	s.callGlobal(t, http.StatusOK, "PUT", "/users/pivotal", `{"username":"pivotal","display_name":"Root","email":"root@example.com"}`)
}
