package blob

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signedClaim is what a request says about its signature.
type signedClaim struct {
	credential    string // access key and scope
	timestamp     string
	time          time.Time
	expires       time.Duration // zero in the header style
	signedHeaders []string
	signature     string
	payload       string // hash of the body, or unsignedPayload
	query         sigv4Query
}

func (c *signedClaim) date() string { return c.timestamp[:dateLength] }

func parseSigned(r *http.Request) (*signedClaim, error) {
	query, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	authorization := r.Header.Get("Authorization")
	switch {
	case query.has("X-Amz-Algorithm"):
		return parsePresigned(query)
	case strings.HasPrefix(authorization, sigv4Algorithm+" "):
		return parseAuthorization(r.Header, authorization, query)
	}
	return nil, denied("Access Denied")
}

// parsePresigned reads the parameters of a presigned URL. Its signature is the
// only one that it does not cover.
func parsePresigned(query sigv4Query) (*signedClaim, error) {
	c := &signedClaim{payload: unsignedPayload, query: query}
	var algorithm, signedHeaders, expires string
	for _, parameter := range [...]struct {
		name  string
		value *string
	}{
		{"X-Amz-Algorithm", &algorithm},
		{"X-Amz-Credential", &c.credential},
		{"X-Amz-Date", &c.timestamp},
		{"X-Amz-Expires", &expires},
		{"X-Amz-SignedHeaders", &signedHeaders},
		{"X-Amz-Signature", &c.signature},
	} {
		var ok bool
		if *parameter.value, ok = query.only(parameter.name); !ok {
			return nil, denied("The query must have exactly one " + parameter.name)
		}
	}
	if algorithm != sigv4Algorithm {
		return nil, denied("X-Amz-Algorithm must be " + sigv4Algorithm)
	}
	seconds, err := strconv.ParseUint(expires, 10, 32)
	c.expires = time.Duration(seconds) * time.Second
	if err != nil || c.expires < minExpiry || c.expires > maxExpiry {
		return nil, denied("X-Amz-Expires must be between 1 and 604800 seconds")
	}
	c.signedHeaders = strings.Split(signedHeaders, ";")
	c.query = slices.DeleteFunc(query, func(p queryParameter) bool { return p.name == "X-Amz-Signature" })
	return c, c.parseTime()
}

// parseAuthorization reads
// "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".
func parseAuthorization(h http.Header, authorization string, query sigv4Query) (*signedClaim, error) {
	c := &signedClaim{
		timestamp: h.Get("X-Amz-Date"),
		payload:   h.Get("X-Amz-Content-Sha256"),
		query:     query,
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(authorization, sigv4Algorithm), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			c.credential = value
		case "SignedHeaders":
			c.signedHeaders = strings.Split(value, ";")
		case "Signature":
			c.signature = value
		}
	}
	if c.payload != unsignedPayload && !isSHA256(c.payload) {
		return nil, denied("X-Amz-Content-Sha256 must be " + unsignedPayload + " or the SHA-256 of the body")
	}
	return c, c.parseTime()
}

func isSHA256(s string) bool {
	return len(s) == 64 && !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f || !isHex(byte(r)) })
}

func (c *signedClaim) parseTime() error {
	var err error
	c.time, err = time.Parse(sigv4Time, c.timestamp)
	// time.Parse lets fractions of a second pass unasked.
	if err != nil || len(c.timestamp) != len(sigv4Time) {
		return denied("X-Amz-Date must be in the ISO 8601 format yyyyMMdd'T'HHmmss'Z'")
	}
	return nil
}

func (c *signedClaim) checkTime(now time.Time) error {
	age := now.Sub(c.time)
	switch {
	case age < -maxSkew:
		return denied("Request is not yet valid")
	case c.expires == 0 && age > maxSkew:
		return denied("The difference between the request time and the current time is too large.")
	case c.expires != 0 && age > c.expires:
		return denied("Request has expired")
	}
	return nil
}

// checkHeaders makes sure that the signature covers what steers S3.
func (c *signedClaim) checkHeaders(r *http.Request) error {
	if !slices.Contains(c.signedHeaders, "host") {
		return denied("The header host must be signed")
	}
	for name := range r.Header {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-amz-") && !slices.Contains(c.signedHeaders, name) {
			return denied("There were headers present in the request which were not signed: " + name)
		}
	}
	return nil
}

func (c *signedClaim) appendCanonical(b []byte, r *http.Request, host string) []byte {
	b = append(b, r.Method...)
	b = append(b, '\n')
	b = appendEscapedPath(b, r.URL.EscapedPath())
	b = append(b, '\n')
	b = c.query.append(b)
	b = append(b, '\n')
	for _, name := range c.signedHeaders {
		b = append(b, name...)
		b = append(b, ':')
		b = append(b, headerValue(r, name, host)...)
		b = append(b, '\n')
	}
	b = append(b, '\n')
	b = append(b, strings.Join(c.signedHeaders, ";")...)
	b = append(b, '\n')
	return append(b, c.payload...)
}

// headerValue returns a header in its canonical form: empty when absent.
func headerValue(r *http.Request, name, host string) string {
	switch {
	case name == "host":
		return host
	case name == "content-length" && r.Header.Get(name) == "":
		return strconv.FormatInt(r.ContentLength, 10) // net/http moved it there
	}
	values := slices.Clone(r.Header.Values(name))
	for i, value := range values {
		values[i] = strings.Join(strings.Fields(value), " ")
	}
	return strings.Join(values, ",")
}
