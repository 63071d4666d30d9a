package wire

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"tournant/internal/signing"
)

// signatureLife is how long a signature is used again. A Chef server accepts
// it for 15 minutes; what is saved is the millisecond that signing takes.
const signatureLife = 5 * time.Minute

// Call is a request to the API that may be sent many times, by several
// clients of the same name at once.
type Call struct {
	Label  string // what it is counted as
	Method string
	Path   string // escaped, as it is signed
	Query  string
	API    string // X-Ops-Server-API-Version
	Header string // more lines, each with its CRLF

	// Body appends the body, always the same one; nil is none.
	Body func(dst []byte) []byte

	Accept int  // a status besides 2xx that is no error
	Whole  bool // keep the body of the answer

	signature atomic.Pointer[signature]
}

type signature struct {
	lines string
	at    time.Time
}

// Fine reports whether the answer is one that the call expects.
func (c *Call) Fine(r *Response) bool { return r.OK() || r.Status == c.Accept }

// sign returns the header lines that authenticate the call. Two goroutines may
// sign at the same time: either signature is as good.
func (c *Call) sign(signer *signing.Signer, body []byte) (string, error) {
	now := time.Now
	if signer.Now != nil {
		now = signer.Now
	}
	if s := c.signature.Load(); s != nil && now().Sub(s.at) < signatureLife {
		return s.lines, nil
	}
	r := &http.Request{
		Method: c.Method,
		URL:    &url.URL{Path: c.Path},
		Header: http.Header{"X-Ops-Server-Api-Version": {c.API}},
	}
	if path, err := url.PathUnescape(c.Path); err == nil {
		r.URL = &url.URL{Path: path, RawPath: c.Path}
	}
	if err := signer.Sign(r, body); err != nil {
		return "", err
	}
	var lines strings.Builder
	if err := r.Header.Write(&lines); err != nil {
		return "", err
	}
	c.signature.Store(&signature{lines: lines.String(), at: now()})
	return lines.String(), nil
}
