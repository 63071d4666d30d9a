package signing_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"tournant/internal/chef"
	"tournant/internal/signing"
)

// Messages of the rows of the table below.
const (
	noVersion  = "Unsupported authentication protocol version"
	badTime    = "bad header(s) 'X-Ops-Timestamp'"
	outOfTime  = "Failed to authenticate as pivotal. Synchronize the clock on your host."
	badSigning = "Invalid signature for user or client 'pivotal'"
)

func missing(names string) string { return "missing required authentication header(s) " + names }

func set(name, value string) func(*request) {
	return func(r *request) { r.header.Set(name, value) }
}

func del(name string) func(*request) {
	return func(r *request) { r.header.Del(name) }
}

func at(d time.Duration) string {
	return signedAt().Add(d).Format("2006-01-02T15:04:05Z")
}

// resign signs the request again after f changed what the signer believes;
// only the headers of that signature are taken over.
func resign(t testing.TB, version string, now time.Time, f func(*http.Request, *[]byte)) func(*request) {
	return func(r *request) {
		path, err := url.PathUnescape(r.path)
		if err != nil {
			t.Fatal(err)
		}
		wire := &http.Request{Method: r.method, URL: &url.URL{Path: path, RawPath: r.path}, Header: http.Header{}}
		body := r.body
		if f != nil {
			f(wire, &body)
		}
		s := signing.Signer{Name: "pivotal", Key: testKey(t), Version: version, Now: func() time.Time { return now }}
		if err := s.Sign(wire, body); err != nil {
			t.Fatal(err)
		}
		r.header = wire.Header
	}
}

type headerCase struct {
	name   string
	change func(*request)
	code   chef.Code
	text   string
}

// headerCases are the rows that Chef's acceptance suite tries on nodes and
// users, and the rest of the documented failures.
func headerCases(t testing.TB, version string) []headerCase {
	now := signedAt()
	return []headerCase{
		{"everything correct", func(*request) {}, "", ""},
		{"missing X-Ops-Sign", del("X-Ops-Sign"), chef.Invalid, missing("'X-Ops-Sign'")},
		{"empty X-Ops-Sign", set("X-Ops-Sign", ""), chef.Invalid, missing("'X-Ops-Sign'")},
		{"unsupported X-Ops-Sign", set("X-Ops-Sign", "version=8.1"), chef.Invalid, noVersion},
		{"missing timestamp", del("X-Ops-Timestamp"), chef.Invalid, missing("'X-Ops-Timestamp'")},
		{"empty timestamp", set("X-Ops-Timestamp", ""), chef.Invalid, missing("'X-Ops-Timestamp'")},
		{"malformed timestamp", set("X-Ops-Timestamp", "xxx"), chef.Unauthenticated, badTime},
		{"old timestamp", resign(t, version, now.Add(-time.Hour), nil), chef.Unauthenticated, outOfTime},
		{"future timestamp", resign(t, version, now.Add(time.Hour), nil), chef.Unauthenticated, outOfTime},
		{"recent timestamp", resign(t, version, now.Add(-30*time.Second), nil), "", ""},
		{"timestamp changed", set("X-Ops-Timestamp", at(-30*time.Second)), chef.Unauthenticated, badSigning},
		{"missing content hash", del("X-Ops-Content-Hash"), chef.Invalid, missing("'X-Ops-Content-Hash'")},
		{"empty content hash", set("X-Ops-Content-Hash", ""), chef.Invalid, missing("'X-Ops-Content-Hash'")},
		{"no signature", func(r *request) { keepLines(r, 0) }, chef.Unauthenticated, badSigning},
		{"malformed signature", func(r *request) { keepLines(r, 0); set("X-Ops-Authorization-1", "xxx")(r) }, chef.Unauthenticated, badSigning},
		{"garbage signature", set("X-Ops-Authorization-1", "*&^%"), chef.Unauthenticated, badSigning},
		{"missing line 1", del("X-Ops-Authorization-1"), chef.Unauthenticated, badSigning},
		{"missing line 2", del("X-Ops-Authorization-2"), chef.Unauthenticated, badSigning},
		{"missing last line", func(r *request) { keepLines(r, 5) }, chef.Unauthenticated, badSigning},
		{"empty line before the last", func(r *request) {
			set("X-Ops-Authorization-7", r.header.Get("X-Ops-Authorization-6"))(r)
			set("X-Ops-Authorization-6", "")(r)
		}, chef.Unauthenticated, badSigning},
		{"other method", func(r *request) { r.method = "POST" }, chef.Unauthenticated, badSigning},
		{"other path", func(r *request) { r.path = "/organizations/SomeoneElse/whatever" }, chef.Unauthenticated, badSigning},
		{"other body", func(r *request) { r.body = []byte(`{ "noooo" => "kh11n" }`) }, chef.Unauthenticated, badSigning},
		{"no body", func(r *request) { r.body = nil }, chef.Unauthenticated, badSigning},
		{"signature of another body", resign(t, version, now, func(_ *http.Request, body *[]byte) { *body = []byte("{}") }), chef.Unauthenticated, badSigning},
		{"signature of another path", resign(t, version, now, func(r *http.Request, _ *[]byte) { r.URL = &url.URL{Path: "/x"} }), chef.Unauthenticated, badSigning},
		{"signature of another method", resign(t, version, now, func(r *http.Request, _ *[]byte) { r.Method = "GET" }), chef.Unauthenticated, badSigning},
		{"user id swapped", set("X-Ops-UserId", "admin"), chef.Unauthenticated, "Invalid signature for user or client 'admin'"},
		{"immense user id", set("X-Ops-UserId", fmt.Sprintf("%02000d", 0)), chef.Unauthenticated, fmt.Sprintf("Invalid signature for user or client '%02000d'", 0)},
	}
}

// keepLines removes all lines of the signature after the n-th.
func keepLines(r *request, n int) {
	for n++; n <= 10; n++ {
		r.header.Del(fmt.Sprintf("X-Ops-Authorization-%d", n))
	}
}

func TestHeaderFailures(t *testing.T) {
	key := &testKey(t).PublicKey
	for _, version := range []string{"1.0", "1.1", "1.2", "1.3"} {
		for _, c := range headerCases(t, version) {
			r := readRequest(t, "put-"+version+".http")
			c.change(&r)
			err := r.check(key, signedAt())
			if got := chef.CodeOf(err); got != c.code || (err != nil && err.Error() != c.text) {
				t.Errorf("%s, %s: got %q (%v), want %q (%s)", version, c.name, got, err, c.code, c.text)
			}
		}
	}
}

// The content hash is the client's claim; only 1.0 and 1.1 look at it.
func TestContentHashOfTheClient(t *testing.T) {
	key := &testKey(t).PublicKey
	for version, compared := range map[string]bool{"1.0": true, "1.1": true, "1.2": false, "1.3": false} {
		r := readRequest(t, "put-"+version+".http")
		r.header.Set("X-Ops-Content-Hash", "xxx")
		if refused := r.check(key, signedAt()) != nil; refused != compared {
			t.Errorf("%s: refused = %v, want %v", version, refused, compared)
		}
	}
}

// 1.3 covers the API version, which must not be changed, added or dropped.
func TestAPIVersionIsSigned(t *testing.T) {
	key := &testKey(t).PublicKey
	for name, change := range map[string]func(*request){
		"changed": set("X-Ops-Server-API-Version", "2"),
		"dropped": del("X-Ops-Server-API-Version"),
	} {
		r := readRequest(t, "root-1.3.http")
		change(&r)
		if r.check(key, signedAt()) == nil {
			t.Errorf("API version %s: accepted", name)
		}
	}
	r := readRequest(t, "get-1.3.http")
	set("X-Ops-Server-API-Version", "0")(&r) // what an absent header means
	if err := r.check(key, signedAt()); err != nil {
		t.Errorf("explicit 0: %v", err)
	}
}
