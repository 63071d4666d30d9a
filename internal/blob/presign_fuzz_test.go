package blob_test

import (
	"net/http"
	"net/url"
	"testing"
)

// FuzzVerify changes requests at will. Two were signed, so nothing but those
// two objects may be reached, each by its method.
func FuzzVerify(f *testing.F) {
	p := newPresigner()
	for _, seed := range []*http.Request{
		incoming(f, "GET", p.Get("https://h", org, empty, ttl)),
		upload(f, p.Put("https://h", org, empty, ttl)),
	} {
		f.Add(seed.Method, seed.Host, seed.URL.RequestURI(), "", "", "", seed.Header.Get("Content-MD5"))
	}
	f.Add("PUT", "h:1", "/a%2fb?x=%20+&x=;", "AWS4-HMAC-SHA256 Credential=AKID/x/20260304/eu-west-1/s3/aws4_request,SignedHeaders=host;x-amz-date;x-amz-content-sha256,Signature=00", "20260304T050607Z", "UNSIGNED-PAYLOAD", "")
	f.Fuzz(func(t *testing.T, method, host, target, authorization, date, payload, md5 string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		r := &http.Request{Method: method, Host: host, URL: u, Header: http.Header{}}
		for name, value := range map[string]string{
			"Authorization": authorization, "X-Amz-Date": date, "X-Amz-Content-Sha256": payload,
			"Content-Md5": md5, "Content-Type": "application/x-binary",
		} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		err = p.Verify(r)
		code(t, err)
		if err == nil && (u.Path != "/bookshelf"+objectPath || method != "GET" && method != "PUT") {
			t.Fatalf("forged: %s %s", method, target)
		}
	})
}
