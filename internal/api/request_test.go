package api

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tournant/internal/store"
)

// Others may be faster again and again before a request gets its turn.
func TestOvertakenRequestsAreDecidedAgain(t *testing.T) {
	s := newTestServer(t)
	rq := s.newRequest(httptest.NewRecorder(), s.request(t, "GET", "/nodes", ""))
	overtaken := 10
	res, err := rq.settled(func(*request) (*response, error) {
		if overtaken--; overtaken >= 0 {
			return nil, store.ErrOvertaken
		}
		return &response{status: http.StatusOK}, nil
	})
	if err != nil || res.status != http.StatusOK {
		t.Errorf("%v, %v", res, err)
	}
}

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

// What a handler found may be gone when it writes. It is asked again, about an
// organization that is there.
func TestRequestIsDecidedAnewWhenOvertaken(t *testing.T) {
	s := newTestServer(t)
	answer := func(h handler) *httptest.ResponseRecorder {
		r := s.request(t, "GET", "", "")
		r.SetPathValue("org", "acme")
		w := httptest.NewRecorder()
		s.serve(w, r, resource{"GET": do(h)})
		return w
	}
	calls := 0
	once := answer(func(*request) (*response, error) {
		if calls++; calls == 1 {
			return nil, store.ErrOvertaken
		}
		return ok(calls)
	})
	if once.Code != http.StatusOK || once.Body.String() != "2" {
		t.Errorf("overtaken once: %d %s", once.Code, once.Body)
	}
	always := answer(func(*request) (*response, error) { return nil, store.ErrOvertaken })
	if always.Code != http.StatusServiceUnavailable {
		t.Errorf("overtaken again and again: %d %s", always.Code, always.Body)
	}
	ended := answer(func(rq *request) (*response, error) {
		if err := rq.Store.DeleteOrg(rq.Context(), rq.org); err != nil {
			t.Error(err)
		}
		return nil, store.ErrOvertaken
	})
	if ended.Code != http.StatusNotFound || !strings.Contains(ended.Body.String(), "organization 'acme' does not exist.") {
		t.Errorf("without its organization: %d %s", ended.Code, ended.Body)
	}
}

// Messages repeat what clients sent. The log must not: anyone could fill it.
func TestLogIsNotForClientsToFill(t *testing.T) {
	s := newTestServer(t)
	var log bytes.Buffer
	s.Log = slog.New(slog.NewJSONHandler(&log, nil))
	key := strings.Repeat("ü", 500_000)
	answer := s.call(t, http.StatusBadRequest, "POST", "/nodes", `{"`+key+`":1}`)
	if len(answer) < len(key) {
		t.Errorf("the answer has %d bytes of a key of %d", len(answer), len(key))
	}
	if log.Len() > 5_000 || !strings.Contains(log.String(), "Invalid key üü") {
		t.Errorf("%d bytes of log: %.200s", log.Len(), log.String())
	}
}
