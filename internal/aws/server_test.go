package aws_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tournant/internal/aws"
)

// The keys and ids of AWS's own examples.
var (
	keys    = aws.Keys{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	target  = aws.Target{VolumeID: volume, InstanceID: instance, Device: "/dev/sdh", InterfaceID: eni, Primary: netip.MustParseAddr("10.2.2.2")}
	vip     = netip.MustParseAddr("10.2.2.1")
	attach  = aws.AttachRequest{VolumeID: volume, InstanceID: instance, Device: "/dev/sdh"}
	detach  = aws.DetachRequest{VolumeID: volume, InstanceID: instance}
	assign  = aws.AssignRequest{InterfaceID: eni, Address: vip, AllowReassignment: true}
	answers = time.Date(2026, 11, 26, 7, 1, 0, 0, time.UTC) // the server's clock
)

const (
	volume   = "vol-1234567890abcdef0"
	instance = "i-1234567890abcdef0"
	eni      = "eni-01d32da61c165ac3e"
	region   = "us-east-1"
)

// server answers as EC2 does with what a test tells it to, and keeps what it
// was sent.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	forms []url.Values
	auth  []http.Header
}

// serve starts a server. handle may be nil: it answers with the documented
// examples.
func serve(t *testing.T, handle http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	if handle == nil {
		handle = func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(documented(t, r.PostForm.Get("Action"))) }
	}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Errorf("the request's form: %v", err)
		}
		s.mu.Lock()
		s.forms = append(s.forms, r.PostForm)
		s.auth = append(s.auth, r.Header.Clone())
		s.mu.Unlock()
		w.Header().Set("Date", answers.Format(http.TimeFormat))
		handle(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// received returns the forms sent so far.
func (s *server) received() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]url.Values(nil), s.forms...)
}

// client returns a client of s whose clock is right.
func (s *server) client(t *testing.T) *aws.Client {
	t.Helper()
	return open(t, aws.Config{Region: region, Endpoint: s.URL, Keys: keys, Now: func() time.Time { return answers }})
}

func open(t *testing.T, cfg aws.Config) *aws.Client {
	t.Helper()
	c, err := aws.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// documented returns AWS's example of an answer.
func documented(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// fail returns a handler that refuses as EC2 does.
func fail(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>` + code + `</Code><Message>` + message + `</Message></Error></Errors><RequestID>ea966190-f9aa-478e-9ede-example</RequestID></Response>`))
	}
}
