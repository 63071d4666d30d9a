package blob_test

import (
	"net/http"
	"testing"
	"time"

	"tournant/internal/blob"
)

// authorized is a request whose signature was computed with Python's hmac
// module. Its header has values to be folded and joined.
func authorized(t fataler) *http.Request {
	r := incoming(t, "PUT", "https://h/bookshelf"+objectPath)
	r.ContentLength = 5
	r.Header["X-Amz-Meta-Note"] = []string{"  a \t b ", "c"}
	r.Header.Set("X-Amz-Date", "20260304T050607Z")
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/x/20260304/eu-west-1/s3/aws4_request, "+
		"SignedHeaders=content-length;host;x-amz-content-sha256;x-amz-date;x-amz-meta-note, "+
		"Signature=7e2702c6c5fc8137b3601f5269dca7b5a5fdae177407c2ffe48a0642a19426e8")
	return r
}

func TestVerifyAuthorization(t *testing.T) {
	for _, c := range []deniedCase{
		{"unchanged", func(*http.Request) {}, ""},
		{"length in the header", setHeader("Content-Length", "5"), ""},
		{"other length", func(r *http.Request) { r.ContentLength = 6 }, blob.SignatureDoesNotMatch},
		{"other date", setHeader("X-Amz-Date", "20260304T050608Z"), blob.SignatureDoesNotMatch},
		{"other note", setHeader("X-Amz-Meta-Note", "ab,c"), blob.SignatureDoesNotMatch},
		{"payload signed afterwards", setHeader("X-Amz-Content-Sha256",
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), blob.SignatureDoesNotMatch},
		{"unsigned x-amz header", setHeader("X-Amz-Acl", "public-read"), blob.AccessDenied},
		{"parameter", func(r *http.Request) { r.URL.RawQuery = "acl" }, blob.SignatureDoesNotMatch},
	} {
		r := authorized(t)
		c.change(r)
		if got := code(t, newPresigner().Verify(r)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestVerifyAuthorizationTime(t *testing.T) {
	p := newPresigner()
	for age, want := range map[time.Duration]blob.AccessCode{
		-15*time.Minute - time.Second: blob.AccessDenied,
		-15 * time.Minute:             "",
		15 * time.Minute:              "",
		15*time.Minute + time.Second:  blob.AccessDenied,
	} {
		p.Now = func() time.Time { return signedAt().Add(age) }
		if got := code(t, p.Verify(authorized(t))); got != want {
			t.Errorf("%v after signing: got %q, want %q", age, got, want)
		}
	}
}

func TestPresignerDefaults(t *testing.T) {
	p := &blob.Presigner{AccessKey: "AKID", SecretKey: "s3cr3t"}
	r := incoming(t, "GET", p.Get("https://h", org, empty, ttl))
	if err := p.Verify(r); err != nil {
		t.Error(err)
	}
	if err := newPresigner().Verify(r); err == nil || err.Error() == "" {
		t.Errorf("another's key: %v", err)
	}
}
