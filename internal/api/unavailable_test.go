package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tournant/internal/pgtest"
	"tournant/internal/store/storetest"
)

// What the database cannot answer in time is told to come again, in the words of
// the API and of S3.
func TestUnavailableDatabase(t *testing.T) {
	var proxy *pgtest.Proxy
	s := newTestServerOn(t, storetest.Behind(&proxy, time.Second))
	file := s.Presigner.Get("http://example.com", "guid", strings.Repeat("a", 32), time.Minute)
	proxy.Move(nil)
	for path, rq := range map[string]*http.Request{
		"read":  s.request(t, "GET", "/nodes", ""),
		"write": s.request(t, "POST", "/nodes", `{"name":"web1"}`),
		"file":  httptest.NewRequest("GET", file, http.NoBody),
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, rq)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %s, want 503 and when to come again", path, w.Code, w.Body)
		}
	}
}

// It may have answered the first question of a request already.
func TestDatabaseGoesAwayWithinARequest(t *testing.T) {
	var proxy *pgtest.Proxy
	s := newTestServerOn(t, storetest.Behind(&proxy, time.Second))
	rq := s.newRequest(httptest.NewRecorder(), s.request(t, "GET", "/users", ""))
	h, err := rq.examine(do(func(rq *request) (*response, error) { return nil, rq.authenticate() }))
	if err != nil {
		t.Fatal(err)
	}
	proxy.Move(nil)
	_, err = h(rq)
	if res := rq.failed(err); res.status != http.StatusServiceUnavailable {
		t.Errorf("%d %s, want 503: %v", res.status, res.body, err)
	}
}
