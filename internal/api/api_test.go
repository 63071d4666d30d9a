package api

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/bench/ohai"
	"tournant/internal/blob"
	"tournant/internal/feed"
	"tournant/internal/keygen"
	"tournant/internal/search"
	"tournant/internal/signing"
	"tournant/internal/store"
	"tournant/internal/store/storetest"
)

// testServer is an API over a database of its own with the organization
// "acme", and the superuser to call it.
type testServer struct {
	*Server
	signer *signing.Signer
}

func newTestServer(tb testing.TB) *testServer {
	tb.Helper()
	return newTestServerOn(tb, storetest.SQLite())
}

func newTestServerOn(tb testing.TB, db storetest.Database) *testServer {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatalf("key: %v", err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		tb.Fatalf("key: %v", err)
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	dir := tb.TempDir()
	var index *search.Index
	st := db.Open(tb, store.Options{Committed: func(org int64, written []store.Written) {
		if index != nil {
			feed.Committed(index, org, written)
		}
	}})
	tb.Cleanup(func() { _ = st.Close() })
	_, err = st.Found(tb.Context(), func() (store.Founding, error) {
		return store.Founding{SuperuserKey: public, WebUIKey: public, PresignKey: "secret"}, nil
	})
	if err != nil {
		tb.Fatalf("found: %v", err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	if index, err = search.Open(filepath.Join(dir, "search"), feed.Source{Store: st}, log); err != nil {
		tb.Fatalf("index: %v", err)
	}
	tb.Cleanup(func() { _ = index.Close() })
	pivotal, err := st.User(tb.Context(), store.Superuser)
	if err != nil {
		tb.Fatalf("pivotal: %v", err)
	}
	err = st.CreateOrg(tb.Context(), store.NewOrg{Name: "acme", FullName: "Acme", Creator: pivotal.ID, ValidatorKey: public})
	if err != nil {
		tb.Fatalf("organization: %v", err)
	}
	keys := keygen.New(0, func() (*rsa.PrivateKey, error) { return key, nil })
	tb.Cleanup(keys.Close)
	return &testServer{
		Server: New(Config{
			Keys:  keys,
			Store: st, Index: index, Log: log, Now: time.Now, WebUIKey: &key.PublicKey,
			MaxBody: 2_000_000, ClockSkew: 15 * time.Minute,
			Presigner: &blob.Presigner{SecretKey: "secret", Bucket: "bookshelf", Now: time.Now}, FileURLTTL: time.Minute,
		}),
		signer: &signing.Signer{Name: store.Superuser, Key: key},
	}
}

// request returns a signed request below the organization.
func (s *testServer) request(tb testing.TB, method, path, body string) *http.Request {
	tb.Helper()
	return s.globalRequest(tb, method, "/organizations/acme"+path, body)
}

func (s *testServer) globalRequest(tb testing.TB, method, path, body string) *http.Request {
	tb.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Accept-Encoding", "gzip")
	if err := s.signer.Sign(r, []byte(body)); err != nil {
		tb.Fatalf("sign: %v", err)
	}
	return r
}

// call sends a signed request below the organization and requires a status.
func (s *testServer) call(tb testing.TB, want int, method, path, body string) []byte {
	tb.Helper()
	return s.callGlobal(tb, want, method, "/organizations/acme"+path, body)
}

func (s *testServer) callGlobal(tb testing.TB, want int, method, path, body string) []byte {
	tb.Helper()
	r := s.globalRequest(tb, method, path, body)
	r.Header.Del("Accept-Encoding")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != want {
		tb.Fatalf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, want)
	}
	return w.Body.Bytes()
}

// measure repeats one GET, signed once: a signature costs its maker thirty
// times what it costs the server.
func (s *testServer) measure(b *testing.B, path string) {
	b.Helper()
	b.ReportAllocs()
	r := s.request(b, "GET", path, "")
	for b.Loop() {
		w := httptest.NewRecorder()
		w.Body = nil
		again := *r
		again.Body = http.NoBody
		s.ServeHTTP(w, &again)
		if w.Code != http.StatusOK {
			b.Fatalf("status %d", w.Code)
		}
	}
}

func BenchmarkGetNode(b *testing.B) { newTestServer(b).benchGetNode(b) }

func (s *testServer) benchGetNode(b *testing.B) {
	s.call(b, http.StatusCreated, "POST", "/nodes", string(ohaiNode(b, 0)))
	s.measure(b, "/nodes/"+benchNode)
}

const benchNode = "web1"

// ohaiNode is a node of 94 kB as ohai makes it; 5 % of its leaves differ
// between two moments.
func ohaiNode(b *testing.B, at int64) []byte {
	b.Helper()
	template, err := ohai.New(1, ohai.Compact())
	if err != nil {
		b.Fatalf("template: %v", err)
	}
	return template.Append(nil, &ohai.Node{Name: benchNode, Environment: "_default", Role: "web", Recipes: [2]string{"base", "web"}}, at)
}

// What a save costs, its index included.
func BenchmarkPutNode(b *testing.B) { newTestServer(b).benchPutNode(b) }

func (s *testServer) benchPutNode(b *testing.B) {
	s.call(b, http.StatusCreated, "POST", "/nodes", string(ohaiNode(b, 0)))
	requests := make([]*http.Request, 8)
	bodies := make([]string, len(requests))
	for i := range requests {
		bodies[i] = string(ohaiNode(b, int64(i)))
		requests[i] = s.request(b, "PUT", "/nodes/"+benchNode, bodies[i])
	}
	for n := 0; b.Loop(); n++ {
		again := *requests[n%len(requests)]
		again.Body = io.NopCloser(strings.NewReader(bodies[n%len(requests)]))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, &again)
		if w.Code != http.StatusOK {
			b.Fatalf("status %d %s", w.Code, w.Body)
		}
	}
	b.StopTimer()
	s.call(b, http.StatusOK, "GET", "/search/node?q=name:web1&rows=0", "")
}

func BenchmarkGetEnvironment(b *testing.B) { newTestServer(b).measure(b, "/environments/_default") }

func BenchmarkListNodes(b *testing.B) {
	s := newTestServer(b)
	for i := range 1000 {
		s.call(b, http.StatusCreated, "POST", "/nodes", `{"name":"node-`+strings.Repeat("0", 3)+string(rune('a'+i%26))+strings.Repeat("b", i/26)+`"}`)
	}
	s.measure(b, "/nodes")
}
