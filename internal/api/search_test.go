package api

import (
	"net/http"
	"strings"
	"testing"
)

// A query string that cannot be read must not become a search for everything.
func TestSearchWithAMalformedQueryString(t *testing.T) {
	s := newTestServer(t)
	for _, query := range []string{"q=name:a;b", "q=name:a%zz", "q=name:a&rows=%"} {
		body := string(s.call(t, http.StatusBadRequest, "GET", "/search/node?"+query, ""))
		if want := "invalid search query: '" + query + "'"; !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", query, body, want)
		}
	}
}
