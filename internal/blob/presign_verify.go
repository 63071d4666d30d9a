package blob

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"
)

// maxSkew is how far clocks may be apart: for a URL that was signed in the
// future, and both ways for an Authorization header.
const maxSkew = 15 * time.Minute

// Verify checks the signature of a request, in its query or its Authorization
// header. The error is an *AccessError. The body is not read: whoever stores it
// compares it with Content-MD5 and with the checksum in the path, even when
// X-Amz-Content-Sha256 is signed.
func (p *Presigner) Verify(r *http.Request) error {
	if p.SecretKey == "" {
		return denied("Access Denied")
	}
	c, err := parseSigned(r)
	if err != nil {
		return err
	}
	if err := p.checkCredential(c); err != nil {
		return err
	}
	if err := c.checkHeaders(r); err != nil {
		return err
	}
	if !p.matches(c, r) {
		return &AccessError{SignatureDoesNotMatch, "The request signature we calculated does not match the signature you provided. Check your key and signing method."}
	}
	return c.checkTime(p.now())
}

func (p *Presigner) checkCredential(c *signedClaim) error {
	scope := c.date() + "/" + p.region() + sigv4Service
	accessKey, ok := strings.CutSuffix(c.credential, "/"+scope)
	if !ok {
		return denied("The credential scope must be " + scope)
	}
	if subtle.ConstantTimeCompare([]byte(accessKey), []byte(p.AccessKey)) != 1 {
		return denied("The access key ID you provided does not exist in our records.")
	}
	return nil
}

// matches tries the Host header as it came and with its port added or removed:
// clients and proxies disagree about when to send one.
func (p *Presigner) matches(c *signedClaim, r *http.Request) bool {
	k := p.today.Load()
	if k == nil || k.date != c.date() {
		k = p.derive(c.date())
	}
	s := k.signer()
	defer s.release()
	signature := make([]byte, 0, 64)
	for _, host := range hostForms(r.Host) {
		s.buf = c.appendCanonical(s.buf[:0], r, host)
		signature = s.sign(signature[:0], []byte(c.timestamp))
		if subtle.ConstantTimeCompare(signature, []byte(c.signature)) == 1 {
			return true
		}
	}
	return false
}

func hostForms(host string) []string {
	// The colons of a bare IPv6 address are within brackets.
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		return []string{host, host[:i]}
	}
	return []string{host, host + ":443", host + ":80"}
}
