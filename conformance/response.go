package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// response is an answer with the request it belongs to.
type response struct {
	actor             actor
	method, url, sent string
	status            int
	header            http.Header
	body              []byte
	err               error
}

// Want expects a status and, unless want is empty, a body. See match for what
// want may say beyond plain JSON.
func (r *response) Want(t testing.TB, status int, want string) *response {
	t.Helper()
	if !r.hasStatus(t, status) {
		return r
	}
	if want != "" {
		if err := match(r.actor.vars.expand(want), r.body); err != nil {
			t.Errorf("%s: %v\nbody: %s", r, err, clip(r.body))
		}
	}
	return r
}

// WantError expects the list form of an error body.
func (r *response) WantError(t testing.TB, status int, message string) *response {
	t.Helper()
	return r.Want(t, status, fmt.Sprintf(`{"error":["%s"]}`, jsonEscaped(message)))
}

// WantPlain expects the string form of an error body.
func (r *response) WantPlain(t testing.TB, status int, message string) *response {
	t.Helper()
	return r.Want(t, status, fmt.Sprintf(`{"error":"%s"}`, jsonEscaped(message)))
}

// WantMissing expects a 403 for want of a permission.
func (r *response) WantMissing(t testing.TB, permission string) *response {
	t.Helper()
	return r.WantError(t, http.StatusForbidden, "missing "+permission+" permission")
}

// WantEmpty expects a body of no bytes.
func (r *response) WantEmpty(t testing.TB, status int) *response {
	t.Helper()
	if r.hasStatus(t, status) && len(r.body) != 0 {
		t.Errorf("%s: want no body, got %s", r, clip(r.body))
	}
	return r
}

// WantCreated expects 201 with the URI in body and Location.
func (r *response) WantCreated(t testing.TB, uri string) *response {
	t.Helper()
	return r.Want(t, http.StatusCreated, fmt.Sprintf(`{"uri":%q}`, uri)).Location(t, uri)
}

// Location expects that header to be uri.
func (r *response) Location(t testing.TB, uri string) *response {
	t.Helper()
	if want, got := r.actor.vars.expand(uri), r.header.Get("Location"); got != want {
		t.Errorf("%s: Location is %q, want %q", r, got, want)
	}
	return r
}

// WantNotAllowed expects 405, no body and exactly these methods (separated by
// a comma and a blank) in Allow, in any order.
func (r *response) WantNotAllowed(t testing.TB, methods string) *response {
	t.Helper()
	if !r.hasStatus(t, http.StatusMethodNotAllowed) {
		return r
	}
	got := strings.Split(r.header.Get("Allow"), ", ")
	want := strings.Split(methods, ", ")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: Allow is %q, want %q", r, got, want)
	}
	if len(r.body) != 0 {
		t.Errorf("%s: want no body, got %s", r, clip(r.body))
	}
	return r
}

// Ok fails the test at once unless the request succeeded: what follows would
// only repeat the news.
func (r *response) Ok(t testing.TB) *response {
	t.Helper()
	if r.err != nil || r.status < 200 || r.status > 299 {
		t.Fatalf("%s: %d %v\nbody: %s", r, r.status, r.err, clip(r.body))
	}
	return r
}

// Decode reads the body into v.
func (r *response) Decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("%s: %v\nbody: %s", r, err, clip(r.body))
	}
}

// hasStatus checks the status and what holds for every answer of the API.
func (r *response) hasStatus(t testing.TB, status int) bool {
	t.Helper()
	if r.err != nil {
		t.Errorf("%s: %v", r, r.err)
		return false
	}
	if r.status != status {
		t.Errorf("%s: status %d, want %d\nbody: %s", r, r.status, status, clip(r.body))
		return false
	}
	if err := r.invariants(); err != nil && !r.actor.bare {
		t.Errorf("%s: %v", r, err)
	}
	return true
}

func (r *response) invariants() error {
	version := r.actor.version
	if version == "" {
		version = "0"
	}
	want := fmt.Sprintf(`{"min_version":"0","max_version":"2","request_version":%q,"response_version":%q}`, version, version)
	if r.status == http.StatusNotAcceptable {
		want = `{"min_version":"0","max_version":"2","request_version":"<string>","response_version":"<string>"}`
	}
	if err := match(want, []byte(r.header.Get("X-Ops-Server-API-Version"))); err != nil {
		return fmt.Errorf("header X-Ops-Server-API-Version: %w", err)
	}
	// A wrong password in a body is no failure of the request's own signature.
	unsigned := r.status == http.StatusUnauthorized && !bytes.Contains(r.body, []byte(wrongPassword))
	if unsigned && r.header.Get("WWW-Authenticate") != `X-Ops-Sign version="1.0" version="1.1"` {
		return fmt.Errorf("header WWW-Authenticate is %q", r.header.Get("WWW-Authenticate"))
	}
	if len(r.body) == 0 || r.method == http.MethodHead {
		return nil
	}
	if media, params, _ := mime.ParseMediaType(r.header.Get("Content-Type")); media != "application/json" || len(params) != 0 {
		return fmt.Errorf("Content-Type is %q with %v, want application/json", r.header.Get("Content-Type"), params)
	}
	return nil
}

func (r *response) String() string {
	who := "unsigned"
	if r.actor.signer != nil {
		who = r.actor.signer.Name
	}
	s := fmt.Sprintf("%s %s by %s", r.method, r.url, who)
	if r.actor.version != "" {
		s += " at v" + r.actor.version
	}
	if r.sent != "" {
		s += " with " + clip([]byte(r.sent))
	}
	return s
}

// clip shortens what a failure prints.
func clip(b []byte) string {
	const most = 600
	b = bytes.TrimSpace(b)
	if len(b) <= most {
		return string(b)
	}
	return fmt.Sprintf("%s... (%d bytes)", b[:most], len(b))
}
