package signing_test

import (
	"bufio"
	"bytes"
	"crypto/rsa"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/signing"
)

const skew = 15 * time.Minute

// signedAt is when the requests in testdata were signed.
func signedAt() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func testKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := signing.ParsePrivateKey(readFile(t, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// request is a request as a server has it.
type request struct {
	method, path string
	header       http.Header
	body         []byte
	wire         *http.Request
}

func readRequest(t testing.TB, name string) request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(readFile(t, name))))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return request{r.Method, path, r.Header, body, r}
}

// check does what a server does that knows the requestor's one key.
func (r request) check(key *rsa.PublicKey, now time.Time) error {
	s, err := signing.Parse(r.header, now, skew)
	if err != nil {
		return err
	}
	if !s.Verify(key, r.method, r.path, r.body) {
		return s.Failed()
	}
	return nil
}

func vectors(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for i, file := range files {
		files[i] = filepath.Base(file)
	}
	return files
}

func TestVerifyAcceptsWhatOpenSSLSigned(t *testing.T) {
	key := &testKey(t).PublicKey
	for _, name := range vectors(t) {
		if err := readRequest(t, name).check(key, signedAt()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The padding is deterministic, so the same request has one signature.
func TestSignEqualsWhatOpenSSLSigned(t *testing.T) {
	key := testKey(t)
	for _, name := range vectors(t) {
		want := readRequest(t, name)
		s, err := signing.Parse(want.header, signedAt(), skew)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := &http.Request{Method: want.method, URL: want.wire.URL, Header: http.Header{}}
		for _, kept := range []string{"X-Ops-Server-Api-Version", "Content-Length"} {
			if v := want.header.Get(kept); v != "" {
				got.Header.Set(kept, v)
			}
		}
		signer := signing.Signer{Name: s.UserID, Key: key, Version: s.Version, Now: signedAt}
		if err := signer.Sign(got, want.body); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want.header, got.Header); diff != "" {
			t.Errorf("%s: headers (-openssl +ours)\n%s", name, diff)
		}
	}
}
