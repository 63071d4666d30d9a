package wire

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestNewEndpoint(t *testing.T) {
	tests := []struct {
		url, address  string
		tls, insecure bool
	}{
		{"http://chef.example.net", "chef.example.net:80", false, false},
		{"https://chef.example.net", "chef.example.net:443", true, false},
		{"https://chef.example.net:8443/", "chef.example.net:8443", true, false},
		{"https://127.0.0.1:8443", "127.0.0.1:8443", true, true},
		{"https://[::1]:8443", "[::1]:8443", true, true},
		{"https://localhost", "localhost:443", true, true},
	}
	for _, test := range tests {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		e, err := NewEndpoint(u, Trust{})
		if err != nil {
			t.Fatal(err)
		}
		insecure := e.tls != nil && e.tls.InsecureSkipVerify
		if e.Address() != test.address || (e.TLS() != nil) != test.tls || insecure != test.insecure {
			t.Errorf("%s: %s, TLS %v, insecure %v", test.url, e.Address(), e.TLS() != nil, insecure)
		}
	}
}

func TestNewEndpointErrors(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage")
	if err := os.WriteFile(garbage, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		url   string
		trust Trust
	}{
		{"ftp://chef.example.net", Trust{}},
		{"chef.example.net", Trust{}},
		{"https://chef.example.net", Trust{CAFile: filepath.Join(dir, "absent")}},
		{"https://chef.example.net", Trust{CAFile: garbage}},
	}
	for _, test := range tests {
		u, err := url.Parse(test.url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewEndpoint(u, test.trust); err == nil {
			t.Errorf("NewEndpoint(%s, %+v) succeeds", test.url, test.trust)
		}
	}
}

func TestTrust(t *testing.T) {
	s := newServer(t, (*httptest.Server).StartTLS, func(http.ResponseWriter, *http.Request) {})
	authority := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(authority, block, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		host  string // that the certificate is checked against
		trust Trust
		ok    bool
	}{
		{"known authority", "example.com", Trust{CAFile: authority}, true},
		{"unknown authority", "example.com", Trust{}, false},
		{"other host", "example.org", Trust{CAFile: authority}, false},
		{"insecure", "example.org", Trust{Insecure: true}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := NewEndpoint(&url.URL{Scheme: "https", Host: test.host}, test.trust)
			if err != nil {
				t.Fatal(err)
			}
			e.address = s.Listener.Addr().String()
			nc, err := e.dial(t.Context(), 10*time.Second)
			if (err == nil) != test.ok {
				t.Fatalf("got %v", err)
			}
			if err == nil {
				nc.Close()
			}
		})
	}
}
