package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"tournant/internal/search"
)

// A server that answers no search until it is started again is not well.
func TestStatusTellsOfAnIndexOutOfOrder(t *testing.T) {
	s := newTestServer(t)
	if code, h := s.health(t); code != http.StatusOK || h.Upstreams["chef_index"] != "pong" {
		t.Errorf("with an index: %d, %v", code, h)
	}
	s.Index = closedIndex(t)
	code, h := s.health(t)
	if code != http.StatusInternalServerError || h.Status != "fail" || h.Upstreams["chef_index"] != "fail" {
		t.Errorf("without one: %d, %v, want 500 and fail", code, h)
	}
	if h.Upstreams["chef_sql"] != "pong" {
		t.Errorf("the database: %s, want pong", h.Upstreams["chef_sql"])
	}
}

func closedIndex(t *testing.T) *search.Index {
	t.Helper()
	index, err := search.Open(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	if err := index.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return index
}

func (s *testServer) health(t *testing.T) (code int, h health) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/_status", nil))
	if err := json.Unmarshal(w.Body.Bytes(), &h); err != nil {
		t.Fatalf("status: %v", err)
	}
	return w.Code, h
}
