package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// userKey is the key of pivotal: one for all tests, since it takes long to
// make.
var userKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func testConfig(t *testing.T, url string) *config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pivotal.pem")
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(userKey())}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return &config{
		url: url, user: "pivotal", keyFile: file, org: "bench", connections: []int{2},
		duration: 100 * time.Millisecond, timeout: 10 * time.Second, seed: 1, nodes: 20, clients: 3, keyCount: 1, rows: 10,
	}
}

// report runs the loads and returns the table and the report.
func report(t *testing.T, c *config, loads ...string) (string, *Report) {
	t.Helper()
	c.jsonFile = filepath.Join(t.TempDir(), "report.json")
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), c, loads, output{&stdout, &stderr}); err != nil {
		t.Fatal(err)
	}
	if stderr.Len() > 0 {
		t.Errorf("written to standard error, which is no terminal: %q", stderr.String())
	}
	text, err := os.ReadFile(c.jsonFile)
	if err != nil {
		t.Fatal(err)
	}
	r := &Report{}
	if err := json.Unmarshal(text, r); err != nil {
		t.Fatal(err)
	}
	return stdout.String(), r
}

func TestSetupIsIdempotent(t *testing.T) {
	f := newFake(t, userKey(), (*httptest.Server).Start)
	c := testConfig(t, f.URL)
	c.setup = true
	report(t, c, "list-nodes")
	first := f.take()
	posts := map[string]int{}
	for _, a := range first {
		if a.method != http.MethodGet {
			posts[a.method+" "+strings.Split(a.path+"/", "/")[1]]++
		}
	}
	want := map[string]int{
		"POST organizations": 1, "POST environments": 1, "POST data": 2, "POST roles": 6, "POST nodes": 20,
		"POST sandboxes": 100, "PUT sandboxes": 100, "PUT cookbooks": 500, "PUT bookshelf": 2600,
	}
	for what, count := range want {
		if posts[what] != count {
			t.Errorf("%s: %d times, want %d", what, posts[what], count)
		}
	}
	if node := f.documents["/nodes/web00017"]; len(node) < 90_000 {
		t.Errorf("node web00017 has %d bytes", len(node))
	}
	report(t, c, "list-nodes")
	for _, a := range f.take() {
		if a.method != http.MethodGet {
			t.Errorf("the second time: %s", a)
		}
	}
	c.nodes = 19
	var stderr bytes.Buffer
	if err := run(t.Context(), c, []string{"list-nodes"}, output{&bytes.Buffer{}, &stderr}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stderr.String(), "holds 1 nodes more than asked for") {
		t.Errorf("noted: %q", stderr.String())
	}
}

func TestCookbooksForOldServers(t *testing.T) {
	f := newFake(t, userKey(), (*httptest.Server).Start)
	f.refuse = func(a *asked) int {
		if a.method == http.MethodPut && strings.HasPrefix(a.path, "/cookbooks/") && bytes.Contains(a.body, []byte("all_files")) {
			return http.StatusBadRequest
		}
		return 0
	}
	b, err := newBench(testConfig(t, f.URL), output{})
	if err != nil {
		t.Fatal(err)
	}
	for c := range b.fixture.Cookbooks {
		s := setup{admin: b.admin, fixture: b.fixture, progress: b.progress}
		if err := s.putCookbook(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		break
	}
	want := []string{"PUT /cookbooks/stack0/1.1.0 400 v2 pivotal", "PUT /cookbooks/stack0/1.1.0 201 v0 pivotal"}
	if diff := cmp.Diff(want, lines(f.take())); diff != "" {
		t.Error(diff)
	}
	if !bytes.Contains(f.documents["/cookbooks/stack0/1.1.0"], []byte(`"root_files":[{"name":"metadata.rb"`)) {
		t.Errorf("stored: %s", f.documents["/cookbooks/stack0/1.1.0"])
	}
}

func TestSetupErrors(t *testing.T) {
	for _, path := range []string{"", "/organizations", "/roles/web", "/roles", "/cookbooks", "/sandboxes"} {
		t.Run(path, func(t *testing.T) {
			f := newFake(t, userKey(), (*httptest.Server).Start)
			f.refuse = func(a *asked) int {
				if a.path == path {
					return http.StatusForbidden
				}
				return 0
			}
			c := testConfig(t, f.URL)
			c.setup = true
			err := run(t.Context(), c, []string{"list-nodes"}, output{&bytes.Buffer{}, &bytes.Buffer{}})
			if err == nil || !strings.Contains(err.Error(), "status 403") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRunErrors(t *testing.T) {
	f := newFake(t, userKey(), (*httptest.Server).Start)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name   string
		ctx    context.Context
		load   string
		change func(*config)
		want   string
	}{
		{"nobody answers", t.Context(), "list-nodes", func(c *config) { c.url = closedListener(t) }, "no request succeeded"},
		{"not known", t.Context(), "get-node", func(c *config) { c.user = "nobody" }, "no request succeeded"},
		{"not found", t.Context(), "get-environment", func(*config) {}, "no request succeeded"},
		{"interrupted", cancelled, "list-nodes", func(*config) {}, "context canceled"},
		{"no such process", t.Context(), "list-nodes", func(c *config) { c.pids = []int{1 << 30} }, "no process 1073741824"},
		{"no key", t.Context(), "list-nodes", func(c *config) { c.keyFile += "x" }, "no such file"},
		{"few nodes", t.Context(), "put-node", func(c *config) { c.connections = []int{21} }, "21 connections need"},
		{"few nodes to find", t.Context(), "search", func(*config) {}, "at least 100 nodes"},
		{"few clients", t.Context(), "fleet", func(c *config) { c.connections = []int{4} }, "4 connections need"},
		{"no connections", t.Context(), "list-nodes", func(c *config) { c.connections = nil }, "--connections is empty"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := testConfig(t, f.URL)
			test.change(c)
			err := run(test.ctx, c, []string{test.load}, output{&bytes.Buffer{}, &bytes.Buffer{}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
