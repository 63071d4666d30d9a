package load_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tournant/internal/signing"
	"tournant/lab/load"
)

// server keeps nodes as a Chef server does, and errs as it is told.
type server struct {
	mu    sync.Mutex
	nodes map[string]json.RawMessage
	// Each n-th write: acknowledged and not done, done twice, failed after it was
	// done, failed before; refused for lack of room, and done all the same.
	lose, double, failAfter, failBefore, refuse, lie int
	// Each n-th read gets what was before the last write.
	stale  int
	before map[string]json.RawMessage

	writes, reads int
}

func nth(count, n int) bool { return n > 0 && count%n == 0 }

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, name, one := strings.Cut(r.URL.Path, "/nodes/")
	switch {
	case !strings.HasSuffix(r.URL.Path, "/nodes") && !one:
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodGet && !one:
		names := map[string]string{}
		for n := range s.nodes {
			names[n] = "https://" + n
		}
		_ = json.NewEncoder(w).Encode(names)
	case r.Method == http.MethodGet:
		s.read(w, name)
	default:
		s.write(w, r)
	}
}

func (s *server) read(w http.ResponseWriter, name string) {
	s.reads++
	from := s.nodes
	if nth(s.reads, s.stale) {
		from = s.before
	}
	n, ok := from[name]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write(n)
}

func (s *server) write(w http.ResponseWriter, r *http.Request) {
	var body json.RawMessage
	var node struct{ Name string }
	if json.NewDecoder(r.Body).Decode(&body) != nil || json.Unmarshal(body, &node) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	// What comes before the clients is done as it should be.
	counts := !strings.Contains(string(body), `"value":0`)
	if counts {
		s.writes++
	}
	on := func(n int) bool { return counts && nth(s.writes, n) }
	if on(s.failBefore) {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if on(s.refuse) {
		w.WriteHeader(http.StatusInsufficientStorage)
		return
	}
	_, exists := s.nodes[node.Name]
	if r.Method == http.MethodPost && (exists || on(s.double)) {
		w.WriteHeader(http.StatusConflict)
		s.nodes[node.Name] = body
		return
	}
	if !on(s.lose) {
		s.before[node.Name] = s.nodes[node.Name]
		if s.before[node.Name] == nil {
			delete(s.before, node.Name)
		}
		s.nodes[node.Name] = body
	}
	if on(s.failAfter) {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if on(s.lie) {
		w.WriteHeader(http.StatusInsufficientStorage)
		return
	}
	_, _ = w.Write([]byte("{}"))
}

// hurt puts clients, or a fleet, on a server and says what the history proves.
func hurt(t *testing.T, s *server, fleet bool) load.Report {
	t.Helper()
	s.nodes, s.before = map[string]json.RawMessage{}, map[string]json.RawMessage{}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	o := load.Options{
		Routes: []load.Route{{Name: "a", URL: h.URL, HTTP: h.Client(), Clients: 3}, {Name: "b", URL: h.URL, HTTP: h.Client(), Clients: 1}},
		Signer: &signing.Signer{Name: "pivotal", Key: key}, Org: "life", Seed: 1, Pace: time.Millisecond, Patience: time.Minute,
		Fleet: fleet,
	}
	if err := load.Prepare(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	l := load.Start(o)
	if err := l.AwaitWrites(t.Context(), 300); err != nil {
		t.Fatal(err)
	}
	r, err := load.Verify(t.Context(), o, l.Stop())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHonestServer(t *testing.T) {
	for _, fleet := range []bool{false, true} {
		r := hurt(t, &server{failAfter: 7, failBefore: 11, refuse: 5}, fleet)
		if len(r.Lost)+len(r.Doubled)+len(r.Stale) > 0 {
			t.Errorf("fleet %v: lost %v, doubled %v, stale %v", fleet, r.Lost, r.Doubled, r.Stale)
		}
		if r.Acknowledged < 300 || r.Writes <= r.Acknowledged || r.Requests <= r.Writes || r.Failed["a"] == 0 || r.Failed["b"] == 0 {
			t.Errorf("fleet %v: counts: %+v", fleet, r)
		}
	}
}

func TestWhatServersMustNotDo(t *testing.T) {
	for name, test := range map[string]struct {
		server func() *server
		found  func(load.Report) []string
	}{
		"lost":    {func() *server { return &server{lose: 50} }, func(r load.Report) []string { return append(r.Lost, r.Stale...) }},
		"doubled": {func() *server { return &server{double: 50} }, func(r load.Report) []string { return r.Doubled }},
		"stale":   {func() *server { return &server{stale: 50} }, func(r load.Report) []string { return r.Stale }},
		"lied":    {func() *server { return &server{lie: 50} }, func(r load.Report) []string { return r.Stale }},
	} {
		t.Run(name, func(t *testing.T) {
			for _, fleet := range []bool{false, true} {
				if r := hurt(t, test.server(), fleet); len(test.found(r)) == 0 {
					t.Errorf("fleet %v: nobody noticed: %+v", fleet, r)
				}
			}
		})
	}
}

// While a server takes its time, its clients are seen to wait.
func TestWaiting(t *testing.T) {
	release := make(chan struct{})
	h := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer h.Close()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	l := load.Start(load.Options{
		Routes: []load.Route{{Name: "a", URL: h.URL, HTTP: h.Client(), Clients: 3}}, Signer: &signing.Signer{Name: "pivotal", Key: key},
		Org: "life", Pace: time.Hour, Patience: time.Minute,
	})
	for len(l.Waiting()) < 3 {
		time.Sleep(time.Millisecond)
	}
	if n := len(l.Since(0)); n != 0 {
		t.Errorf("%d requests are finished", n)
	}
	close(release)
	h1 := l.Stop()
	if n := len(l.Waiting()); n != 0 || len(h1) != 3 || len(l.Since(1)) != 2 {
		t.Errorf("%d wait, %d are finished, %d after the first", n, len(h1), len(l.Since(1)))
	}
}

func TestGap(t *testing.T) {
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	write := func(ms, status int) load.Operation {
		return load.Operation{Kind: load.Create, Status: status, Return: at(ms)}
	}
	h := load.History{
		write(100, 201), write(400, 201), write(200, 201), write(600, 503),
		{Kind: load.Get, Status: 200, Return: at(700)}, write(1000, 201),
	}
	for _, test := range []struct {
		from, to    int
		gap, begins int
	}{
		{0, 1100, 600, 400},
		{0, 800, 400, 400},    // the end counts
		{500, 1100, 500, 500}, // so does the beginning
		{0, 50, 50, 0},
	} {
		gap, began := h.Gap(at(test.from), at(test.to))
		if want := time.Duration(test.gap) * time.Millisecond; gap != want || !began.Equal(at(test.begins)) {
			t.Errorf("from %d to %d: %v after %v, want %v after %d ms", test.from, test.to, gap, began.Sub(start), want, test.begins)
		}
	}
}
