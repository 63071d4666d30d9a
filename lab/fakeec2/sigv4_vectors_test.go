package fakeec2

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
)

// The vectors are those of AWS's Signature Version 4 test suite as
// awslabs/aws-c-auth publishes it (tests/aws-signing-test-suite/v4, the header
// variants), but for the ones with "normalize": false, which are S3's rule. All
// have host example.amazonaws.com, region us-east-1, service "service", the date
// 20150830T123600Z and the key below.
const (
	vectorSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	vectorDate   = "20150830T123600Z"
	vectorForm   = "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"
	unreserved   = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	shortToken   = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"
	longToken    = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)

var vectors = []struct {
	name, request string
	// headers are name:value pairs beside host and x-amz-date.
	headers []string
	// unsigned is a header that the signature leaves out.
	unsigned  string
	body      string
	signature string
}{
	{"get-header-key-duplicate", "GET /", []string{"My-Header1:value2", "My-Header1:value2", "My-Header1:value1"}, "", "", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
	{"get-header-value-multiline", "GET /", []string{"My-Header1:value1\n  value2\n     value3"}, "", "", "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd"},
	{"get-header-value-order", "GET /", []string{"My-Header1:value4", "My-Header1:value1", "My-Header1:value3", "My-Header1:value2"}, "", "", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
	{"get-header-value-trim", "GET /", []string{"My-Header1: value1", `My-Header2: "a   b   c"`}, "", "", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
	{"get-relative", "GET /example/..", nil, "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-relative-relative", "GET /example1/example2/../..", nil, "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-slash-dot-slash", "GET /./", nil, "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-slash", "GET //", nil, "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-slash-pointless-dot", "GET /./example", nil, "", "", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
	{"get-slashes", "GET //example//", nil, "", "", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
	{"get-space", "GET /example space/", nil, "", "", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
	{"get-unreserved", "GET /" + unreserved, nil, "", "", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
	{"get-utf8", "GET /\u1234", nil, "", "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
	{"get-vanilla", "GET /", nil, "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-vanilla-empty-query-key", "GET /?Param1=value1", nil, "", "", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
	{"get-vanilla-query-order-encoded", "GET /?Param-3=Value3&Param=Value2&%E1%88%B4=Value1", nil, "", "", "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
	{"get-vanilla-query-order-key-case", "GET /?Param2=value2&Param1=value1", nil, "", "", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
	{"get-vanilla-query-unreserved", "GET /?" + unreserved + "=" + unreserved, nil, "", "", "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
	{"get-vanilla-utf8-query", "GET /?\u1234=bar", nil, "", "", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
	{"get-vanilla-with-session-token", "GET /", []string{"X-Amz-Security-Token:" + shortToken}, "", "", "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
	{"post-header-key-sort", "POST /", []string{"My-Header1:value1"}, "", "", "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
	{"post-header-value-case", "POST /", []string{"My-Header1:VALUE1"}, "", "", "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
	{"post-sts-header-after", "POST /", []string{"X-Amz-Security-Token:" + longToken}, "x-amz-security-token", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	{"post-sts-header-before", "POST /", []string{"X-Amz-Security-Token:" + longToken}, "", "", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
	{"post-vanilla", "POST /", nil, "", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	{"post-vanilla-query", "POST /?Param1=value1", nil, "", "", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
	{"post-x-www-form-urlencoded", "POST /", []string{"Content-Type:application/x-www-form-urlencoded", "Content-Length:13", "x-amz-content-sha256:" + vectorForm}, "", "Param1=value1", "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"},
	{"post-x-www-form-urlencoded-parameters", "POST /", []string{"Content-Type:application/x-www-form-urlencoded; charset=utf-8", "Content-Length:13", "x-amz-content-sha256:" + vectorForm}, "", "Param1=value1", "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422"},
}

func TestPublishedVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			method, target, _ := strings.Cut(v.request, " ")
			header := http.Header{"X-Amz-Date": {vectorDate}}
			signed := map[string]bool{"host": true, "x-amz-date": true}
			for _, h := range v.headers {
				name, value, _ := strings.Cut(h, ":")
				header.Add(name, value)
				signed[strings.ToLower(name)] = strings.ToLower(name) != v.unsigned
			}
			var names []string
			for _, name := range []string{"content-length", "content-type", "host", "my-header1", "my-header2", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"} {
				if signed[name] {
					names = append(names, name)
				}
			}
			sum := sha256.Sum256([]byte(v.body))
			canonical := canonicalRequest(method, target, "example.amazonaws.com", header, names, hex.EncodeToString(sum[:]))
			s := signature{date: "20150830", region: "us-east-1", service: "service"}
			if got := hex.EncodeToString(sign(vectorSecret, s, vectorDate, canonical)); got != v.signature {
				t.Errorf("signature is %s, want %s of\n%s", got, v.signature, canonical)
			}
		})
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/ec2/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + vectorForm)
	f.Add("AWS4-HMAC-SHA256 Credential=////,SignedHeaders=,Signature=")
	f.Fuzz(func(t *testing.T, header string) {
		s, refused := parseAuthorization(header)
		if (refused == nil) != (len(s.value) == sha256.Size) {
			t.Errorf("parseAuthorization(%q) = %+v, %v", header, s, refused)
		}
	})
}

func FuzzCanonicalQuery(f *testing.F) {
	f.Add("a=b&%41=%zz&=&&c")
	f.Fuzz(func(t *testing.T, query string) {
		once := canonicalQuery(query)
		if twice := canonicalQuery(once); query != "" && twice != once {
			t.Errorf("canonicalQuery(%q) is %q, of which it makes %q", query, once, twice)
		}
	})
}
