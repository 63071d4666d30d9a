package signing_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tournant/internal/signing"
)

// Any request that a Signer signs is verified from what goes over the wire.
func TestSignedIsVerified(t *testing.T) {
	key := testKey(t)
	rapid.Check(t, func(t *rapid.T) {
		signer := signing.Signer{
			Name:    rapid.StringMatching(`[.A-Za-z0-9_-]{1,80}`).Draw(t, "name"),
			Key:     key,
			Version: rapid.SampledFrom([]string{"", "1.0", "1.1", "1.2", "1.3"}).Draw(t, "version"),
			Now:     signedAt,
		}
		method := rapid.SampledFrom([]string{"", "GET", "POST", "PUT", "DELETE"}).Draw(t, "method")
		path := rapid.String().Draw(t, "path")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		r := &http.Request{Method: method, URL: &url.URL{Path: "/" + path, RawQuery: "q=1"}}
		if err := signer.Sign(r, body); err != nil {
			t.Fatal(err)
		}
		if method == "" {
			method = "GET"
		}
		wire, _, _ := strings.Cut(r.URL.RequestURI(), "?")
		got := request{method: method, path: wire, header: r.Header, body: body}
		if err := got.check(&key.PublicKey, signedAt()); err != nil {
			t.Fatal(err)
		}
	})
}

// A request sent again is signed again, maybe with another key.
func TestSignReplacesSignature(t *testing.T) {
	r := readRequest(t, "put-1.3.http")
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	signer := signing.Signer{Name: "web01", Key: small, Version: "1.2", Now: signedAt}
	if err := signer.Sign(r.wire, r.body); err != nil {
		t.Fatal(err)
	}
	if err := r.check(&small.PublicKey, signedAt()); err != nil {
		t.Error(err)
	}
	if got := r.header.Get("X-Ops-Authorization-4"); got != "" {
		t.Errorf("line of the old signature left: %q", got)
	}
}

func TestSignRefuses(t *testing.T) {
	key := testKey(t)
	for want, signer := range map[string]signing.Signer{
		`unknown protocol version "2.0"`: {Name: "web01", Key: key, Version: "2.0"},
		"no name":                        {Key: key},
		"no private key":                 {Name: "web01"},
		"message too long":               {Name: strings.Repeat("n", 120), Key: key, Version: "1.0"},
	} {
		r := &http.Request{URL: &url.URL{Path: "/"}}
		err := signer.Sign(r, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if len(r.Header) != 0 {
			t.Errorf("%s: headers set all the same: %v", want, r.Header)
		}
	}
}

func TestSignerDefaults(t *testing.T) {
	r := &http.Request{URL: &url.URL{Path: "/"}}
	signer := signing.Signer{Name: "web01", Key: testKey(t)}
	if err := signer.Sign(r, nil); err != nil {
		t.Fatal(err)
	}
	s, err := signing.Parse(r.Header, time.Now(), skew)
	if err != nil || s.Version != "1.3" || s.UserID != "web01" {
		t.Errorf("got %+v, %v", s, err)
	}
}

func BenchmarkSign(b *testing.B) {
	signer := signing.Signer{Name: "web01", Key: testKey(b)}
	r := &http.Request{Method: "GET", URL: &url.URL{Path: "/organizations/acme/nodes/web01"}}
	for b.Loop() {
		if err := signer.Sign(r, nil); err != nil {
			b.Fatal(err)
		}
	}
}
