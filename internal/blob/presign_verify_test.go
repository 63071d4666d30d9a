package blob_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tournant/internal/blob"
)

type fataler interface {
	Helper()
	Fatal(...any)
}

// incoming is the request for a URL as a server sees it.
func incoming(t fataler, method, rawURL string) *http.Request {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Request{Method: method, URL: u, Host: u.Host, Header: http.Header{}}
}

func upload(t fataler, rawURL string) *http.Request {
	t.Helper()
	r := incoming(t, "PUT", rawURL)
	r.Header.Set("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")
	r.Header.Set("Content-Type", "application/x-binary")
	return r
}

// code returns the code of Verify's error, "" for none.
func code(t fataler, err error) blob.AccessCode {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *blob.AccessError
	if !errors.As(err, &e) || e.Message == "" {
		t.Fatal("not an AccessError with a message:", err)
	}
	return e.Code
}

// awsPresigner has the credentials of AWS's published examples:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
func awsPresigner() *blob.Presigner {
	return &blob.Presigner{
		AccessKey: "AKIAIOSFODNN7EXAMPLE",
		SecretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		Now:       func() time.Time { return time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC) },
	}
}

func TestVerifyAWSPresigned(t *testing.T) {
	const example = "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256" +
		"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
		"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
	p := awsPresigner()
	if err := p.Verify(incoming(t, "GET", example)); err != nil {
		t.Error(err)
	}
	// Another order and other escapes are the same request.
	query, signature, _ := strings.Cut(example, "&X-Amz-Signature=")
	reordered := strings.Replace(query, "?", "?X-Amz-Signature="+signature+"&", 1)
	reordered = strings.NewReplacer("%2F", "/", "test", "t%65st").Replace(reordered)
	if err := p.Verify(incoming(t, "GET", reordered)); err != nil {
		t.Error(err)
	}
}

func TestVerifyAWSAuthorization(t *testing.T) {
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, c := range []struct {
		method, target, signedHeaders, signature string
		header                                   map[string]string
	}{
		{"GET", "/test.txt", "host;range;x-amz-content-sha256;x-amz-date",
			"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
			map[string]string{"Range": "bytes=0-9", "X-Amz-Content-Sha256": empty}},
		{"PUT", "/test$file.text", "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
			"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
			map[string]string{
				"Date":                 "Fri, 24 May 2013 00:00:00 GMT",
				"X-Amz-Storage-Class":  "REDUCED_REDUNDANCY",
				"X-Amz-Content-Sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
			}},
		{"GET", "/?lifecycle", "host;x-amz-content-sha256;x-amz-date",
			"fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
			map[string]string{"X-Amz-Content-Sha256": empty}},
		{"GET", "/?max-keys=2&prefix=J", "host;x-amz-content-sha256;x-amz-date",
			"34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
			map[string]string{"X-Amz-Content-Sha256": empty}},
	} {
		r := incoming(t, c.method, "https://examplebucket.s3.amazonaws.com"+c.target)
		r.Header.Set("X-Amz-Date", "20130524T000000Z")
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"+
			"SignedHeaders="+c.signedHeaders+", Signature="+c.signature)
		if err := awsPresigner().Verify(r); err != nil {
			t.Errorf("%s %s: %v", c.method, c.target, err)
		}
		r.Header.Set("X-Amz-Storage-Class", "GLACIER")
		if awsPresigner().Verify(r) == nil {
			t.Errorf("%s %s: accepted with another storage class", c.method, c.target)
		}
	}
}

// What a client sends over the wire verifies, whatever net/http does to it.
func TestVerifyOverHTTP(t *testing.T) {
	p := newPresigner()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p.Verify(r); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
		}
	}))
	defer server.Close()
	put, err := http.NewRequest("PUT", p.Put(server.URL, org, empty, ttl), nil)
	if err != nil {
		t.Fatal(err)
	}
	put.Header = upload(t, p.Put(server.URL, org, empty, ttl)).Header
	get, err := http.NewRequest("GET", p.Get(server.URL+"/prefix é", org, empty, ttl), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*http.Request{put, get} {
		response, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %s", r.Method, response.Status, text)
		}
	}
}

func TestVerifyHostForms(t *testing.T) {
	p := newPresigner()
	for _, c := range []struct {
		base, host string
		ok         bool
	}{
		{"https://h", "h", true},
		{"https://h", "h:443", true},
		{"https://h", "h:8443", true},
		{"https://h:443", "h", true},
		{"http://h:443", "h", true},
		{"https://h:80", "h", true},
		{"https://h:8443", "h:8443", true},
		{"https://h:8443", "h", false},
		{"https://h:8443", "h:443", false},
		{"https://[::1]", "[::1]", true},
		{"https://[::1]", "[::1]:8443", true},
		{"https://[::1]:80", "[::1]", true},
		{"https://h", "other", false},
		{"https://h", "", false},
	} {
		r := incoming(t, "GET", p.Get(c.base, org, empty, ttl))
		r.Host = c.host
		want := blob.SignatureDoesNotMatch
		if c.ok {
			want = ""
		}
		if got := code(t, p.Verify(r)); got != want {
			t.Errorf("signed for %s, sent to %q: got %q, want %q", c.base, c.host, got, want)
		}
	}
}
