package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Chef's clients send all before they read: one whose connection ends halfway
// reports that in place of what is wrong.
func TestBodiesThatAreTooLargeAreReadToTheirEnd(t *testing.T) {
	s := newTestServer(t)
	const size = 5_000_000
	text := strings.Repeat("x", size)
	for name, row := range map[string]struct {
		prepare func(*http.Request)
		left    int
	}{
		"announced":      {func(*http.Request) {}, 0},
		"chunked":        {func(r *http.Request) { r.ContentLength = -1 }, 0},
		"not yet begun":  {func(r *http.Request) { r.Header.Set("Expect", "100-continue") }, size},
		"by a stranger":  {func(r *http.Request) { r.Header.Set("X-Ops-Userid", "nobody") }, 0},
		"without a name": {func(r *http.Request) { r.Header.Del("X-Ops-Userid") }, size},
	} {
		r := s.request(t, "POST", "/nodes", "")
		body := strings.NewReader(text)
		r.Body, r.ContentLength = io.NopCloser(body), size
		row.prepare(r)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if body.Len() != row.left {
			t.Errorf("%s: answered %d with %d bytes unread, want %d", name, w.Code, body.Len(), row.left)
		}
	}
}
