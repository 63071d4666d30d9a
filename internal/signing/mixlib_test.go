//go:build mixlib

package signing_test

// Compares this package with Chef's own library. It needs Ruby and the gem, on
// Debian in the package ruby-mixlib-authentication:
//
//	go test -tags mixlib ./internal/signing

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tournant/internal/signing"
)

// ask is a question to testdata/mixlib.rb.
type ask struct {
	Op      string            `json:"op"` // "sign" or "verify"
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Body    []byte            `json:"body"`
	User    string            `json:"user"`
	Version string            `json:"version"`
	Time    string            `json:"time"`
	Headers map[string]string `json:"headers"`
}

type answer struct {
	Headers map[string]string `json:"headers"`
	Valid   bool              `json:"valid"`
}

type mixlib struct {
	in  *json.Encoder
	out *json.Decoder
}

func startMixlib(t *testing.T) *mixlib {
	t.Helper()
	ruby := exec.Command("ruby", "testdata/mixlib.rb", "testdata/key.pem")
	ruby.Stderr = os.Stderr
	in, err := ruby.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := ruby.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := ruby.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := ruby.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &mixlib{json.NewEncoder(in), json.NewDecoder(out)}
}

func (m *mixlib) ask(t *testing.T, a ask) answer {
	t.Helper()
	var got answer
	if err := m.in.Encode(a); err != nil {
		t.Fatal(err)
	}
	if err := m.out.Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

// randomAsk is a request as a client might send it, in a version that mixlib
// knows (it has no 1.2).
func randomAsk(r *rand.Rand, now time.Time) ask {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	var path strings.Builder
	for range 1 + r.IntN(6) {
		path.WriteString(pick("/", "//", "///"))
		path.WriteString(url.PathEscape(pick("organizations", "acme", "nodes", "web 01", "a/b", "rôle", "x+y", "~", "..")))
	}
	path.WriteString(pick("", "", "/", "//"))
	body := make([]byte, r.IntN(200))
	for i := range body {
		body[i] = byte(r.Uint32())
	}
	a := ask{
		Method:  pick("GET", "get", "POST", "PUT", "delete"),
		Path:    path.String(),
		Body:    body,
		User:    strings.Repeat(pick("web01", "a.b-c_d", "pivotal"), 1+r.IntN(8)),
		Version: pick("1.0", "1.1", "1.3"),
		Time:    now.UTC().Add(time.Duration(r.IntN(800)-400) * time.Second).Format("2006-01-02T15:04:05Z"),
		Headers: map[string]string{},
	}
	if version := pick("", "0", "1", "2"); version != "" {
		a.Headers["X-Ops-Server-API-Version"] = version
	}
	return a
}

func (a ask) header() http.Header {
	h := http.Header{}
	for name, value := range a.Headers {
		h.Set(name, value)
	}
	return h
}

func (a ask) with(headers map[string]string) ask {
	all := make(map[string]string, len(a.Headers)+len(headers))
	for _, from := range []map[string]string{a.Headers, headers} {
		for name, value := range from {
			all[name] = value
		}
	}
	a.Headers = all
	return a
}

// tampered changes one thing that every version's signature covers.
func (a ask) tampered(r *rand.Rand) ask {
	switch r.IntN(5) {
	case 0:
		a.Method = "PATCH"
	case 1:
		a.Path += "/more"
	case 2:
		a.Body = append([]byte("x"), a.Body...)
	case 3:
		a = a.with(map[string]string{"X-Ops-Userid": "other"})
	case 4:
		line := fmt.Sprintf("X-Ops-Authorization-%d", 1+r.IntN(5))
		a = a.with(map[string]string{line: strings.Repeat("A", 60)})
	}
	return a
}

func TestAgreesWithMixlib(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	m, key := startMixlib(t), testKey(t)
	for range 500 {
		now := time.Now()
		a := randomAsk(r, now)
		a.Op = "sign"
		theirs := a.with(m.ask(t, a).Headers)
		ours := a.with(signLike(t, a))
		for name, want := range theirs.Headers {
			if ours.Headers[name] != want {
				t.Fatalf("%+v: %s: we say %q, mixlib %q", a, name, ours.Headers[name], want)
			}
		}
		for _, b := range []ask{theirs, ours, ours.tampered(r)} {
			b.Op = "verify"
			req := request{method: b.Method, path: b.Path, header: b.header(), body: b.Body}
			if got, want := req.check(&key.PublicKey, now) == nil, m.ask(t, b).Valid; got != want {
				t.Fatalf("%+v: we say %v, mixlib %v", b, got, want)
			}
		}
		intact := request{method: a.Method, path: a.Path, header: theirs.header(), body: a.Body}
		if err := intact.check(&key.PublicKey, now); err != nil {
			t.Fatalf("%+v: signed by mixlib, refused: %v", a, err)
		}
	}
}

func signLike(t *testing.T, a ask) map[string]string {
	t.Helper()
	at, err := time.Parse(time.RFC3339, a.Time)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.ParseRequestURI(a.Path)
	if err != nil {
		t.Fatal(err)
	}
	wire := &http.Request{Method: a.Method, URL: u, Header: a.header()}
	signer := signing.Signer{Name: a.User, Key: testKey(t), Version: a.Version, Now: func() time.Time { return at }}
	if err := signer.Sign(wire, a.Body); err != nil {
		t.Fatal(err)
	}
	headers := map[string]string{}
	for name, values := range wire.Header {
		headers[name] = values[0]
	}
	return headers
}
