package selfsigned_test

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"tournant/internal/selfsigned"
)

// Whoever trusts it is content with any of its names, for years, and with no other.
func TestMake(t *testing.T) {
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	long := strings.Repeat("a.", 40) + "example.com"
	pair, err := selfsigned.Make([]string{"", long, "chef.example.com", "fe1.example.com", "chef.example.com", "10.0.0.9", "::1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	both, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	if got := both.Leaf.Subject.CommonName; got != "chef.example.com" {
		t.Errorf("known as %q", got)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(both.Leaf)
	for name, want := range map[string]bool{
		long: true, "chef.example.com": true, "fe1.example.com": true, "10.0.0.9": true, "[::1]": true, "example.com": false, "10.0.0.8": false,
	} {
		for _, at := range []time.Duration{0, 9 * 365 * 24 * time.Hour} {
			_, err := both.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: trusted, CurrentTime: now.Add(at)})
			if (err == nil) != want {
				t.Errorf("%s after %v: %v, want %v", name, at, err, want)
			}
		}
	}
}
