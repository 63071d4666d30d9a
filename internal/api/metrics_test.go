package api

import (
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tournant/internal/keygen"
)

// withKeys gives the server what registers actors.
func (s *testServer) withKeys(tb testing.TB) *testServer {
	tb.Helper()
	s.Keys = keygen.New(0, func() (*rsa.PrivateKey, error) { return s.signer.Key, nil })
	tb.Cleanup(s.Keys.Close)
	return s
}

// askMetrics asks from an address what prepare makes of the request.
func (s *testServer) askMetrics(from string, prepare func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/_tournant/metrics", nil)
	r.RemoteAddr = from
	prepare(r)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestMetricsTellWhatWasServed(t *testing.T) {
	s := newTestServer(t).withKeys(t)
	for _, name := range []string{"a", "b"} {
		s.call(t, http.StatusCreated, "POST", "/nodes", `{"name":"`+name+`"}`)
	}
	s.call(t, http.StatusNotFound, "GET", "/nodes/c", "")
	s.call(t, http.StatusOK, "GET", "/search/node?q=name:a", "")
	s.callGlobal(t, http.StatusNotFound, "GET", "/no/such/route", "")
	s.call(t, http.StatusMethodNotAllowed, "PATCH", "/nodes", "")

	w := s.askMetrics("127.0.0.1:5000", func(*http.Request) {})
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for _, line := range []string{
		`tournant_requests_total{method="POST",route="/organizations/{org}/nodes",status="201"} 2`,
		`tournant_requests_total{method="GET",route="/organizations/{org}/nodes/{name}",status="404"} 1`,
		`tournant_requests_total{method="GET",route="none",status="404"} 1`,
		`tournant_requests_total{method="other",route="/organizations/{org}/nodes",status="405"} 1`,
		`tournant_request_seconds_count{route="/organizations/{org}/nodes"} 3`,
		`tournant_database_up 1`,
		`tournant_database_state{state="up"} 1`,
		`tournant_database_state{state="read_only"} 0`,
		`tournant_database_connections_max{pool="read"} 8`,
		`tournant_database_connection_wait_seconds_count{pool="read"} 0`,
		`tournant_write_retries_total{reason="deadlock"} 0`,
		`tournant_nodes 2`,
		`tournant_search_lag_changes 0`,
		`tournant_search_rebuilding 0`,
		`tournant_cache_requests_total{cache="identities",result="miss"} 1`,
		`tournant_cache_requests_total{cache="identities",result="hit"} 3`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	for _, line := range []string{"tournant_write_seconds_count{stage=\"commit\"} ", "tournant_schema_version "} {
		if _, value, found := strings.Cut(w.Body.String(), "\n"+line); !found || strings.HasPrefix(value, "0\n") {
			t.Errorf("no %s above 0", line)
		}
	}
	if t.Failed() {
		t.Log(w.Body)
	}
}

func TestMetricsOfAClosedDatabase(t *testing.T) {
	s := newTestServer(t).withKeys(t)
	if err := s.Store.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	w := s.askMetrics("127.0.0.1:5000", func(*http.Request) {})
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, "tournant_database_up 0\n") {
		t.Errorf("%d %s", w.Code, body)
	}
}

func TestMetricsAreNotForEverybody(t *testing.T) {
	for _, c := range []struct {
		name, configured, from, forwarded, password string
		want                                        int
	}{
		{"this host", "", "[::1]:5000", "", "", http.StatusOK},
		{"another host", "", "192.0.2.1:5000", "", "", http.StatusUnauthorized},
		{"a proxy on this host", "", "127.0.0.1:5000", "192.0.2.1", "", http.StatusUnauthorized},
		{"the password", "secret", "192.0.2.1:5000", "", "secret", http.StatusOK},
		{"another password", "secret", "192.0.2.1:5000", "", "Secret", http.StatusUnauthorized},
		{"a password where there is none", "", "192.0.2.1:5000", "", "secret", http.StatusUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTestServer(t).withKeys(t)
			s.StatsPassword = c.configured
			w := s.askMetrics(c.from, func(r *http.Request) {
				if c.forwarded != "" {
					r.Header.Set("X-Forwarded-For", c.forwarded)
				}
				if c.password != "" {
					r.SetBasicAuth(statsUser, c.password)
				}
			})
			if w.Code != c.want {
				t.Errorf("%d, want %d", w.Code, c.want)
			}
		})
	}
}
