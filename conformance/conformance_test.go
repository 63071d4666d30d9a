package conformance

import (
	"crypto/rsa"
	"crypto/tls"
	"flag"
	"net/http"
	"os"
	"testing"

	"tournant/internal/signing"
)

// The server to test, for make conformance: go test ./conformance -url URL -key FILE.
var (
	serverURL  = flag.String("url", "", "test the server at this URL")
	superuser  = flag.String("user", "pivotal", "name of its superuser")
	keyFile    = flag.String("key", "", "file with the superuser's private key")
	webUIFile  = flag.String("webui-key", "", "file with the web console's private key, to test its requests too")
	maxBody    = flag.Int("max-body", 2_000_000, "bytes of JSON that the server accepts")
	seed       = flag.Uint64("seed", 0, "seed of the names; 0 for a random one")
	unverified = flag.Bool("insecure", false, "accept any TLS certificate")
)

// TestServer tests the server that the flags name; without -url there is none.
func TestServer(t *testing.T) {
	if *serverURL == "" {
		return
	}
	Run(t, Target{
		URL: *serverURL, Superuser: *superuser, Key: readKey(t, *keyFile), WebUIKey: readKey(t, *webUIFile),
		MaxBody: *maxBody, Seed: *seed,
		HTTP: &http.Client{Transport: &http.Transport{
			MaxIdleConnsPerHost: 16,
			TLSClientConfig:     &tls.Config{InsecureSkipVerify: *unverified},
		}},
	})
}

func readKey(t *testing.T, file string) *rsa.PrivateKey {
	t.Helper()
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	key, err := signing.ParsePrivateKey(pem)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return key
}
