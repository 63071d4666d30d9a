package signing

import (
	"cmp"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Signer signs requests as a client or user. It may be used concurrently.
type Signer struct {
	Name    string
	Key     *rsa.PrivateKey
	Version string           // "1.0", "1.1", "1.2" or "1.3"; "" is "1.3"
	Now     func() time.Time // nil is time.Now
}

// Sign sets the X-Ops-* headers of r for that body, replacing a signature that
// r already had. An X-Ops-Server-API-Version must be set before, since 1.3
// covers it. With 1.0 it fails for names too long for the key: about 90 bytes
// with 2048 bits.
func (s *Signer) Sign(r *http.Request, body []byte) error {
	p, ok := protocolOf(cmp.Or(s.Version, "1.3"))
	switch {
	case !ok:
		return fmt.Errorf("signing: unknown protocol version %q", s.Version)
	case s.Name == "":
		return errors.New("signing: no name to sign as")
	case s.Key == nil:
		return errors.New("signing: no private key")
	}
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	c := claim{
		method:     cmp.Or(r.Method, http.MethodGet),
		path:       r.URL.EscapedPath(),
		bodyHash:   string(p.appendHash(nil, body)),
		timestamp:  s.now().UTC().Format(timeLayout),
		userID:     s.Name,
		apiVersion: cmp.Or(r.Header.Get(headerAPIVersion), "0"),
	}
	signature, err := p.signature(s.Key, c)
	if err != nil {
		return fmt.Errorf("signing as %s: %w", s.Name, err)
	}
	r.Header.Set(headerSign, p.sign())
	r.Header.Set(headerUserID, c.userID)
	r.Header.Set(headerTimestamp, c.timestamp)
	r.Header.Set(headerContentHash, c.bodyHash)
	setSignatureLines(r.Header, base64.StdEncoding.EncodeToString(signature))
	return nil
}

func (s *Signer) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}
