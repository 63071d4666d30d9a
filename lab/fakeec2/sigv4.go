package fakeec2

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	sigAlgorithm  = "AWS4-HMAC-SHA256"
	sigTimeLayout = "20060102T150405Z"
	// maxSkew is how far a signature's date may be from the service's clock, in
	// either direction (AWS, "RequestExpired").
	maxSkew = 15 * time.Minute
)

// A signature is an Authorization header taken apart.
type signature struct {
	key, date, region, service string
	headers                    []string
	value                      []byte
}

// parseAuthorization reads
//
//	AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=HEX
func parseAuthorization(header string) (signature, *Error) {
	malformed := refuse("IncompleteSignature", "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters")
	rest, ok := strings.CutPrefix(header, sigAlgorithm+" ")
	if !ok {
		return signature{}, malformed
	}
	var s signature
	var credential, hexValue string
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			credential = value
		case "SignedHeaders":
			s.headers = strings.Split(value, ";")
		case "Signature":
			hexValue = value
		}
	}
	scope := strings.Split(credential, "/")
	value, err := hex.DecodeString(hexValue)
	if len(scope) != 5 || scope[4] != "aws4_request" || err != nil || len(value) != sha256.Size || !slices.IsSorted(s.headers) {
		return signature{}, malformed
	}
	s.key, s.date, s.region, s.service, s.value = scope[0], scope[1], scope[2], scope[3], value
	return s, nil
}

// verifySignature finds the key that signed r, whose body has been read. target
// is the request's as it came over the wire. What it refuses, it refuses in
// EC2's words, which do not say what was wrong with a signature.
func verifySignature(r *http.Request, target string, body []byte, region, service string, now time.Time, lookup func(key, token string) (secret string, err *Error)) (key string, _ *Error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", refuse("MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	s, refused := parseAuthorization(header)
	if refused != nil {
		return "", refused
	}
	stamp := r.Header.Get("X-Amz-Date")
	at, err := time.Parse(sigTimeLayout, stamp)
	if err != nil {
		return "", refuse("IncompleteSignature", "Date must be in ISO-8601 'basic format'. Got '%s'.", stamp)
	}
	for _, must := range mustBeSigned(r) {
		if !slices.Contains(s.headers, must) {
			return "", errAuth()
		}
	}
	if d := now.Sub(at); d > maxSkew || d < -maxSkew {
		return "", refuse("RequestExpired", "Request has expired.")
	}
	if s.date != stamp[:8] || s.region != region || s.service != service {
		return "", errAuth()
	}
	sum := sha256.Sum256(body)
	hashed := hex.EncodeToString(sum[:])
	if claimed := r.Header.Get("X-Amz-Content-Sha256"); claimed != "" && claimed != hashed {
		return "", errAuth()
	}
	secret, refused := lookup(s.key, r.Header.Get("X-Amz-Security-Token"))
	if refused != nil {
		return "", refused
	}
	want := sign(secret, s, stamp, canonicalRequest(r.Method, target, r.Host, r.Header, s.headers, hashed))
	if !hmac.Equal(want, s.value) {
		return "", errAuth()
	}
	return s.key, nil
}

// mustBeSigned are the headers that the signature has to cover: the host and
// everything that starts with x-amz-.
func mustBeSigned(r *http.Request) []string {
	must := []string{"host"}
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") {
			must = append(must, lower)
		}
	}
	return must
}

func sign(secret string, s signature, stamp, canonical string) []byte {
	scope := strings.Join([]string{s.date, s.region, s.service, "aws4_request"}, "/")
	sum := sha256.Sum256([]byte(canonical))
	toSign := strings.Join([]string{sigAlgorithm, stamp, scope, hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, "aws4_request", toSign} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return key
}

// canonicalRequest is the form of a request that its signature covers.
func canonicalRequest(method, target, host string, header http.Header, signed []string, bodyHash string) string {
	path, query, _ := strings.Cut(target, "?")
	var b strings.Builder
	for _, part := range []string{method, canonicalPath(path), canonicalQuery(query)} {
		b.WriteString(part + "\n")
	}
	for _, name := range signed {
		values := slices.Clone(header.Values(name))
		if name == "host" {
			values = []string{host}
		}
		for i, v := range values {
			values[i] = strings.Join(strings.Fields(v), " ")
		}
		b.WriteString(name + ":" + strings.Join(values, ",") + "\n")
	}
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + bodyHash)
	return b.String()
}

// canonicalPath takes out empty and dot segments and encodes the rest once
// more, as every service but S3 has it.
func canonicalPath(path string) string {
	var kept []string
	segments := strings.Split(path, "/")
	for _, s := range segments {
		switch s {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, percentEncode(s))
		}
	}
	clean := "/" + strings.Join(kept, "/")
	if last := segments[len(segments)-1]; len(kept) > 0 && (last == "" || last == "." || last == "..") {
		clean += "/"
	}
	return clean
}

func canonicalQuery(query string) string {
	if query == "" {
		return ""
	}
	var pairs [][2]string
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, [2]string{percentEncode(percentDecode(name)), percentEncode(percentDecode(value))})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int {
		if c := strings.Compare(a[0], b[0]); c != 0 {
			return c
		}
		return strings.Compare(a[1], b[1])
	})
	encoded := make([]string, len(pairs))
	for i, p := range pairs {
		encoded[i] = p[0] + "=" + p[1]
	}
	return strings.Join(encoded, "&")
}

// percentEncode encodes all but RFC 3986's unreserved characters.
func percentEncode(s string) string {
	const upperHex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
		}
	}
	return b.String()
}

// percentDecode leaves alone what is not an escape.
func percentDecode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				b.WriteByte(c[0])
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
