package signing

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestSignThenVerify(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	body := []byte(`{"name":"web01"}`)
	for _, version := range []string{"", "1.0", "1.1", "1.2", "1.3"} {
		r, _ := http.NewRequest("PUT", "https://chef.example.com/organizations//acme/nodes/web01/?x=1", strings.NewReader(string(body)))
		s := &Signer{Name: "web01", Key: key, Version: version, Now: func() time.Time { return now }}
		if err := s.Sign(r, body); err != nil {
			t.Fatal(err)
		}
		sig, err := Parse(r.Header, now, 15*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if !sig.Verify(&key.PublicKey, "PUT", "/organizations/acme/nodes/web01", body) {
			t.Errorf("version %q: own signature refused", version)
		}
		if sig.Verify(&key.PublicKey, "PUT", "/organizations/acme/nodes/web02", body) {
			t.Errorf("version %q: other path accepted", version)
		}
	}
}
