package wire

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tournant/internal/signing"
)

// server counts the connections that a handler was reached through.
type server struct {
	*httptest.Server
	connections atomic.Int64
}

func newServer(t *testing.T, start func(*httptest.Server), handle http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(handle)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	// Refused handshakes are part of the tests.
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	start(s.Server)
	t.Cleanup(s.Close)
	return s
}

func (s *server) client(t *testing.T, signer *signing.Signer) *Client {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	endpoint, err := NewEndpoint(u, Trust{})
	if err != nil {
		t.Fatal(err)
	}
	c := &Client{Conn: Conn{To: endpoint, Timeout: 10 * time.Second}, Signer: signer}
	t.Cleanup(c.Close)
	return c
}

var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func signer() *signing.Signer { return &signing.Signer{Name: "pivotal", Key: key()} }

func text(s string) func([]byte) []byte { return func(dst []byte) []byte { return append(dst, s...) } }

func TestSignedRequest(t *testing.T) {
	for _, version := range []string{"1.1", "1.3"} {
		t.Run(version, func(t *testing.T) {
			s := newServer(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				signature, err := signing.Parse(r.Header, time.Now(), time.Minute)
				switch {
				case err != nil:
					http.Error(w, err.Error(), http.StatusBadRequest)
				case !signature.Verify(&key().PublicKey, r.Method, r.URL.EscapedPath(), body):
					http.Error(w, "not verified", http.StatusUnauthorized)
				case string(body) != `{"a":1}` || r.URL.RawQuery != "q=x" || r.Header.Get("X-More") != "2" ||
					r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Accept") != "x/y" ||
					r.Header.Get("X-Ops-Server-API-Version") != "2":
					http.Error(w, "not as sent", http.StatusTeapot)
				}
			})
			c := s.client(t, &signing.Signer{Name: "pivotal", Key: key(), Version: version})
			c.Header = "Accept: x/y\r\n"
			call := &Call{Method: "PUT", Path: "/organizations/o/nodes/a%20b", Query: "q=x", API: "2",
				Header: "X-More: 2\r\n", Body: text(`{"a":1}`)}
			for range 2 {
				sent, err := c.Send(t.Context(), call)
				if err != nil || sent.Status != http.StatusOK || sent.Took <= 0 || sent.Out < 700 {
					t.Fatalf("got %+v %q, %v", sent, sent.Body, err)
				}
			}
		})
	}
}

func TestSignaturesAreUsedAgainForAWhile(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := signer()
	s.Now = func() time.Time { return now }
	c := &Client{Signer: s}
	call := &Call{Method: "GET", Path: "/x", API: "2"}
	sign := func() *signature {
		t.Helper()
		if err := c.Sign(call); err != nil {
			t.Fatal(err)
		}
		return call.signature.Load()
	}
	first := sign()
	now = now.Add(signatureLife - time.Second)
	if sign() != first {
		t.Error("signed again too early")
	}
	now = now.Add(time.Second)
	if sign() == first {
		t.Error("a signature was used for too long")
	}
}

func TestUnsignable(t *testing.T) {
	c := &Client{Signer: &signing.Signer{Name: "x"}}
	if _, err := c.Send(t.Context(), &Call{Method: "GET", Path: "/x"}); err == nil {
		t.Error("a request was sent without a key")
	}
}

func TestConnections(t *testing.T) {
	tests := []struct {
		name  string
		fresh bool
		start func(*httptest.Server)
		close bool // the server closes after every answer
		want  int64
	}{
		{"kept", false, (*httptest.Server).Start, false, 1},
		{"kept with TLS", false, (*httptest.Server).StartTLS, false, 1},
		{"new each", true, (*httptest.Server).Start, false, 3},
		{"new each with TLS", true, (*httptest.Server).StartTLS, false, 3},
		{"closed by the server", false, (*httptest.Server).Start, true, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, test.start, func(w http.ResponseWriter, _ *http.Request) {
				if test.close {
					w.Header().Set("Connection", "close")
				}
			})
			c := s.client(t, signer())
			c.Fresh = test.fresh
			for range 3 {
				if sent, err := c.Send(t.Context(), &Call{Method: "GET", Path: "/x"}); err != nil || !sent.OK() {
					t.Fatal(sent, err)
				}
			}
			if got := s.connections.Load(); got != test.want {
				t.Errorf("%d connections, want %d", got, test.want)
			}
		})
	}
}

func TestConnectionClosedWhileIdle(t *testing.T) {
	s := newServer(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) {})
	c := s.client(t, signer())
	for range 2 {
		if sent, err := c.Send(t.Context(), &Call{Method: "GET", Path: "/x"}); err != nil || !sent.OK() {
			t.Fatal(sent, err)
		}
		s.CloseClientConnections()
	}
}

func TestAnswers(t *testing.T) {
	long := strings.Repeat("long ", 1000)
	s := newServer(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		if strings.HasPrefix(r.URL.Path, "/missing") {
			w.WriteHeader(http.StatusNotFound)
		}
		z := gzip.NewWriter(w)
		io.WriteString(z, long)
		z.Close()
	})
	c := s.client(t, signer())
	tests := []struct {
		name string
		call Call
		body string
		fine bool
	}{
		{"counted", Call{Path: "/x"}, "", true},
		{"whole", Call{Path: "/x", Whole: true}, long, true},
		{"failed", Call{Path: "/missing"}, long, false},
		{"expected to fail", Call{Path: "/missing", Accept: 404}, long, true},
	}
	for i := range tests {
		test := &tests[i]
		t.Run(test.name, func(t *testing.T) {
			test.call.Method = "GET"
			sent, err := c.Send(t.Context(), &test.call)
			if err != nil {
				t.Fatal(err)
			}
			if string(sent.Body) != test.body || test.call.Fine(&sent.Response) != test.fine {
				t.Errorf("got %d, %d bytes of body, fine %v", sent.Status, len(sent.Body), test.call.Fine(&sent.Response))
			}
			if sent.Size == 0 || sent.Size >= int64(len(long)) {
				t.Errorf("%d bytes transferred", sent.Size)
			}
		})
	}
}

func TestGet(t *testing.T) {
	s := newServer(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.URL.RequestURI()+r.Header.Get("X-Ops-UserId"))
	})
	u, err := url.Parse(s.URL + "/bookshelf/a%2Fb?sig=1")
	if err != nil {
		t.Fatal(err)
	}
	sent, err := s.client(t, nil).Get(t.Context(), u)
	if want := int64(len("/bookshelf/a%2Fb?sig=1")); err != nil || sent.Size != want {
		t.Errorf("got %+v, %v", sent, err)
	}
}

func TestCancel(t *testing.T) {
	entered, done := make(chan struct{}), make(chan struct{})
	s := newServer(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-done
	})
	defer close(done)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	if _, err := s.client(t, signer()).Send(ctx, &Call{Method: "GET", Path: "/x"}); err == nil {
		t.Error("a cancelled request succeeded")
	}
}

func TestTimeout(t *testing.T) {
	done := make(chan struct{})
	s := newServer(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) { <-done })
	defer close(done)
	c := s.client(t, signer())
	c.Timeout = 50 * time.Millisecond
	_, err := c.Send(t.Context(), &Call{Method: "GET", Path: "/x"})
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %v", err)
	}
}
