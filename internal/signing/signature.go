package signing

import (
	"cmp"
	"crypto/rsa"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"tournant/internal/chef"
)

// Signature is what the headers of one request claim. It remembers the hash of
// the body between calls of Verify and is therefore not for concurrent use.
type Signature struct {
	UserID  string // not yet proven
	Version string // "1.0" to "1.3"
	Time    time.Time

	protocol    protocol
	timestamp   string
	contentHash string
	apiVersion  string
	signature   []byte // nil when undecodable

	hashed   []byte // the body that bodyHash is of
	bodyHash string
}

// Parse reads the headers of a request. It answers, in this order:
// chef.Invalid with the names of all missing headers; chef.Unauthenticated for
// a timestamp that it cannot read, or that is skew or more away from now;
// chef.Invalid for an unknown version of the protocol. A missing or garbled
// signature is left to Verify.
func Parse(h http.Header, now time.Time, skew time.Duration) (*Signature, error) {
	s := &Signature{
		UserID:      h.Get(headerUserID),
		timestamp:   h.Get(headerTimestamp),
		contentHash: h.Get(headerContentHash),
		apiVersion:  cmp.Or(h.Get(headerAPIVersion), "0"),
	}
	sign := h.Get(headerSign)
	if err := s.missing(sign); err != nil {
		return nil, err
	}
	if err := s.parseTime(now, skew); err != nil {
		return nil, err
	}
	var ok bool
	if s.protocol, ok = parseSign(sign); !ok {
		return nil, chef.Errorf(chef.Invalid, "Unsupported authentication protocol version")
	}
	s.Version = s.protocol.version
	// On an error Verify sees what could be decoded, and fails.
	s.signature, _ = base64.StdEncoding.DecodeString(signatureLines(h))
	return s, nil
}

// missing treats an empty header as none, as the original does.
func (s *Signature) missing(sign string) error {
	var names []string
	for _, header := range [...]struct{ name, value string }{
		{"X-Ops-UserId", s.UserID},
		{"X-Ops-Timestamp", s.timestamp},
		{"X-Ops-Sign", sign},
		{"X-Ops-Content-Hash", s.contentHash},
	} {
		if header.value == "" {
			names = append(names, "'"+header.name+"'")
		}
	}
	if names == nil {
		return nil
	}
	return chef.Errorf(chef.Invalid, "missing required authentication header(s) %s", strings.Join(names, ", "))
}

func (s *Signature) parseTime(now time.Time, skew time.Duration) error {
	t, err := time.Parse(timeLayout, s.timestamp)
	// time.Parse lets fractions of a second pass unasked.
	if err != nil || len(s.timestamp) != len(timeLayout) {
		return chef.Errorf(chef.Unauthenticated, "bad header(s) 'X-Ops-Timestamp'")
	}
	if now.Truncate(time.Second).Sub(t).Abs() >= skew {
		return chef.Errorf(chef.Unauthenticated,
			"Failed to authenticate as %s. Synchronize the clock on your host.", s.UserID)
	}
	s.Time = t
	return nil
}

// Verify reports whether the owner of key signed this request. escapedPath is
// what CanonicalPath takes. The body is hashed once for all keys that are
// tried with the same slice, which must not change in between. Nothing here is
// secret, so nothing needs to take constant time.
func (s *Signature) Verify(key *rsa.PublicKey, method, escapedPath string, body []byte) bool {
	if key == nil || len(s.signature) == 0 {
		return false
	}
	s.hash(body)
	// 1.2 and 1.3 ask for the header but never compare it: the signature
	// covers the hash that was computed here.
	if s.protocol.digest == 0 && s.contentHash != s.bodyHash {
		return false
	}
	return s.protocol.verify(key, claim{
		method:     method,
		path:       escapedPath,
		bodyHash:   s.bodyHash,
		timestamp:  s.timestamp,
		userID:     s.UserID,
		apiVersion: s.apiVersion,
	}, s.signature)
}

// hash computes bodyHash unless it has it for this very slice.
func (s *Signature) hash(body []byte) {
	if s.bodyHash != "" && sameSlice(s.hashed, body) {
		return
	}
	s.hashed, s.bodyHash = body, string(s.protocol.appendHash(nil, body))
}

func sameSlice(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// Failed is the error for a request that no key verifies.
func (s *Signature) Failed() error {
	return chef.Errorf(chef.Unauthenticated, "Invalid signature for user or client '%s'", s.UserID)
}
