package blob_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tournant/internal/blob"
)

func replace(old, with string) func(*http.Request) {
	return func(r *http.Request) {
		r.URL.RawQuery = strings.Replace(r.URL.RawQuery, old, with, 1)
	}
}

func add(parameter string) func(*http.Request) {
	return func(r *http.Request) { r.URL.RawQuery += "&" + parameter }
}

func setHeader(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

type deniedCase struct {
	name   string
	change func(*http.Request)
	want   blob.AccessCode
}

func presignedCases() []deniedCase {
	return []deniedCase{
		{"unchanged", func(*http.Request) {}, ""},
		{"unsigned header", setHeader("Accept", "*/*"), ""},
		{"no query", func(r *http.Request) { r.URL.RawQuery = "" }, blob.AccessDenied},
		{"undecodable query", add("%zz=1"), blob.AccessDenied},
		{"undecodable value", add("a=%"), blob.AccessDenied},
		{"other algorithm", replace("HMAC-SHA256", "HMAC-SHA1"), blob.AccessDenied},
		{"two dates", add("X-Amz-Date=20260304T050607Z"), blob.AccessDenied},
		{"two signatures", add("X-Amz-Signature=0"), blob.AccessDenied},
		{"no expiry", replace("X-Amz-Expires", "Expires"), blob.AccessDenied},
		{"expiry 0", replace("Expires=900", "Expires=0"), blob.AccessDenied},
		{"negative expiry", replace("Expires=900", "Expires=-1"), blob.AccessDenied},
		{"expiry of a week and a second", replace("Expires=900", "Expires=604801"), blob.AccessDenied},
		{"huge expiry", replace("Expires=900", "Expires=99999999999999999999"), blob.AccessDenied},
		{"longer expiry", replace("Expires=900", "Expires=901"), blob.SignatureDoesNotMatch},
		{"malformed date", replace("20260304T050607Z", "20260304"), blob.AccessDenied},
		{"fraction of a second", replace("20260304T050607Z", "20260304T050607.5Z"), blob.AccessDenied},
		{"later date", replace("20260304T050607Z", "20260304T050608Z"), blob.SignatureDoesNotMatch},
		{"date of another day than the scope", replace("20260304T050607Z", "20260305T050607Z"), blob.AccessDenied},
		{"other access key", replace("AKID", "AKIE"), blob.AccessDenied},
		{"other region", replace("eu-west-1", "eu-west-2"), blob.AccessDenied},
		{"other service", replace("s3%2Faws4", "ec2%2Faws4"), blob.AccessDenied},
		{"no scope", replace("%2F20260304%2Feu-west-1%2Fs3%2Faws4_request", ""), blob.AccessDenied},
		{"host not signed", replace("SignedHeaders=host", "SignedHeaders=accept"), blob.AccessDenied},
		{"header signed afterwards", replace("SignedHeaders=host", "SignedHeaders=accept%3Bhost"), blob.SignatureDoesNotMatch},
		{"x-amz header not signed", setHeader("X-Amz-Acl", "public-read"), blob.AccessDenied},
		{"other parameter", add("versionId=1"), blob.SignatureDoesNotMatch},
		{"other signature", replace("Signature=740b", "Signature=740c"), blob.SignatureDoesNotMatch},
		{"capital signature", replace("Signature=740b", "Signature=740B"), blob.SignatureDoesNotMatch},
		{"short signature", replace("Signature=740b", "Signature="), blob.SignatureDoesNotMatch},
		{"empty signature", func(r *http.Request) { r.URL.RawQuery = r.URL.RawQuery[:len(r.URL.RawQuery)-64] }, blob.SignatureDoesNotMatch},
		{"other method", func(r *http.Request) { r.Method = "DELETE" }, blob.SignatureDoesNotMatch},
		{"other object", func(r *http.Request) { r.URL.Path += "0" }, blob.SignatureDoesNotMatch},
		{"escaped slash", func(r *http.Request) { r.URL.RawPath = strings.Replace(r.URL.Path, "/check", "%2Fcheck", 1) }, blob.SignatureDoesNotMatch},
	}
}

func TestVerifyDenies(t *testing.T) {
	p := newPresigner()
	for _, c := range presignedCases() {
		r := incoming(t, "GET", p.Get("https://chef.example.com", org, empty, ttl))
		c.change(r)
		if got := code(t, p.Verify(r)); got != c.want {
			t.Errorf("%s: got %q, want %q (%v)", c.name, got, c.want, p.Verify(r))
		}
	}
}

func TestVerifyDeniesUploads(t *testing.T) {
	p := newPresigner()
	for _, c := range []deniedCase{
		{"unchanged", func(*http.Request) {}, ""},
		{"other content", setHeader("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="), blob.SignatureDoesNotMatch},
		{"no checksum", func(r *http.Request) { r.Header.Del("Content-MD5") }, blob.SignatureDoesNotMatch},
		{"two checksums", func(r *http.Request) { r.Header.Add("Content-MD5", "x") }, blob.SignatureDoesNotMatch},
		{"other type", setHeader("Content-Type", "text/html"), blob.SignatureDoesNotMatch},
		{"download instead", func(r *http.Request) { r.Method = "GET" }, blob.SignatureDoesNotMatch},
	} {
		r := upload(t, p.Put("https://h", org, empty, ttl))
		c.change(r)
		if got := code(t, p.Verify(r)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	for _, checksum := range []string{"", "d41d8cd9", strings.Repeat("z", 32), empty + "00"} {
		if p.Verify(upload(t, p.Put("https://h", org, checksum, ttl))) == nil {
			t.Errorf("upload to checksum %q accepted", checksum)
		}
	}
}

func TestVerifyTime(t *testing.T) {
	p := newPresigner()
	presigned := incoming(t, "GET", p.Get("https://h", org, empty, time.Hour))
	for age, want := range map[time.Duration]blob.AccessCode{
		-15*time.Minute - time.Second: blob.AccessDenied,
		-15 * time.Minute:             "",
		0:                             "",
		time.Hour:                     "",
		time.Hour + time.Second:       blob.AccessDenied,
		10000 * time.Hour:             blob.AccessDenied,
	} {
		p.Now = func() time.Time { return signedAt().Add(age) }
		if got := code(t, p.Verify(presigned)); got != want {
			t.Errorf("%v after signing: got %q, want %q", age, got, want)
		}
	}
}

// One who knows that no secret is set must not be able to sign with none.
func TestVerifyWithoutSecret(t *testing.T) {
	p := &blob.Presigner{Now: signedAt}
	if got := code(t, p.Verify(incoming(t, "GET", p.Get("https://h", org, empty, ttl)))); got != blob.AccessDenied {
		t.Errorf("got %q", got)
	}
}

func TestVerifyDeniesAuthorization(t *testing.T) {
	const complete = "AWS4-HMAC-SHA256 Credential=AKID/x/20260304/eu-west-1/s3/aws4_request," +
		"SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=x"
	for _, c := range []struct{ authorization, date, payload string }{
		{"", "20260304T050607Z", "UNSIGNED-PAYLOAD"},
		{"Basic AAAA", "20260304T050607Z", "UNSIGNED-PAYLOAD"},
		{"AWS4-HMAC-SHA256", "20260304T050607Z", "UNSIGNED-PAYLOAD"},
		{"AWS4-HMAC-SHA256 ", "20260304T050607Z", "UNSIGNED-PAYLOAD"},
		{"AWS4-HMAC-SHA256 Credential=AKID/x/20260304/eu-west-1/s3/aws4_request", "20260304T050607Z", "UNSIGNED-PAYLOAD"},
		{"AWS4-HMAC-SHA256 Credential=AKID/x/20260304/eu-west-1/s3/aws4_request, SignedHeaders=host", "20260304T050607Z", "UNSIGNED-PAYLOAD"},
		{complete, "", "UNSIGNED-PAYLOAD"},
		{complete, "20260304T050607Z", ""},
		{complete, "20260304T050607Z", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
		{complete, "20260304T050607Z", strings.Repeat("é", 32)},
	} {
		r := incoming(t, "GET", "https://h/bookshelf"+objectPath)
		for name, value := range map[string]string{"Authorization": c.authorization, "X-Amz-Date": c.date, "X-Amz-Content-Sha256": c.payload} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if got := code(t, newPresigner().Verify(r)); got != blob.AccessDenied {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}
