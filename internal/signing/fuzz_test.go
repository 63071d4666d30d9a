package signing_test

import (
	"bufio"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"tournant/internal/chef"
	"tournant/internal/signing"
)

// FuzzParseSignature throws header blocks at Parse and Verify. The key signed
// exactly one request, so nothing but that request may pass.
func FuzzParseSignature(f *testing.F) {
	key := &testKey(f).PublicKey
	genuine := map[string]request{}
	for _, name := range vectors(f) {
		r := readRequest(f, name)
		block, _, _ := strings.Cut(string(readFile(f, name)), "\r\n\r\n")
		_, block, _ = strings.Cut(block, "\r\n")
		f.Add(block, r.method, r.path, r.body)
		genuine[r.header.Get("X-Ops-Authorization-1")] = r
	}
	f.Fuzz(func(t *testing.T, block, method, path string, body []byte) {
		mime, _ := textproto.NewReader(bufio.NewReader(strings.NewReader(block + "\r\n\r\n"))).ReadMIMEHeader()
		h := http.Header(mime)
		s, err := signing.Parse(h, signedAt(), time.Hour)
		if err != nil {
			if code := chef.CodeOf(err); code != chef.Invalid && code != chef.Unauthenticated {
				t.Fatalf("code %s: %v", code, err)
			}
			return
		}
		if !s.Verify(key, method, path, body) {
			return
		}
		signed, ok := genuine[h.Get("X-Ops-Authorization-1")]
		same := ok && strings.EqualFold(method, signed.method) && string(body) == string(signed.body) &&
			signing.CanonicalPath(path) == signing.CanonicalPath(signed.path) &&
			s.UserID == signed.header.Get("X-Ops-UserId")
		if !same {
			t.Fatalf("forged: %s %s as %s\n%s", method, path, s.UserID, block)
		}
	})
}
