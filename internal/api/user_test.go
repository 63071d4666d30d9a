package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// global returns a signed request outside any organization.
func (s *testServer) global(t *testing.T, method, path, body string, header http.Header) *http.Request {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for name, values := range header {
		r.Header[name] = values
	}
	if err := s.signer.Sign(r, []byte(body)); err != nil {
		t.Fatalf("sign: %v", err)
	}
	return r
}

func TestEmailByWebUIOnly(t *testing.T) {
	s := newTestServer(t)
	s.EmailByWebUIOnly = true
	user := func(email string) string {
		return `{"username":"anna","display_name":"A","password":"foobar","email":"` + email + `"}`
	}
	web, none := http.Header{"X-Ops-Request-Source": {"web"}}, http.Header{}
	v1 := http.Header{"X-Ops-Server-Api-Version": {"1"}}
	steps := []struct {
		method, path, body string
		header             http.Header
		want               int
	}{
		{"POST", "/users", user("a@example.org"), v1, http.StatusCreated},
		{"PUT", "/users/anna", user("A@example.org"), none, http.StatusOK}, // the same address
		{"PUT", "/users/anna", user("b@example.org"), none, http.StatusForbidden},
		{"PUT", "/users/anna", user("b@example.org"), web, http.StatusOK},
	}
	for _, step := range steps {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, s.global(t, step.method, step.path, step.body, step.header))
		if w.Code != step.want {
			t.Fatalf("%s %s %s: status %d, want %d: %s", step.method, step.path, step.body, w.Code, step.want, w.Body)
		}
	}
}

func TestClientVersion(t *testing.T) {
	s := newTestServer(t)
	tests := map[string]int{
		"": http.StatusOK, "10.0.0": http.StatusOK, "18.10.17": http.StatusOK, "0.10.8": http.StatusOK, "dev": http.StatusOK,
		"9.0.1": http.StatusBadRequest, "0.9.8": http.StatusBadRequest, "1": http.StatusBadRequest,
	}
	for version, want := range tests {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, s.global(t, "GET", "/license", "", http.Header{"X-Chef-Version": {version}}))
		if w.Code != want {
			t.Errorf("version %q: status %d, want %d: %s", version, w.Code, want, w.Body)
		}
	}
}
