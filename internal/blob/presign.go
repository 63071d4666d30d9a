package blob

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Presigner makes and verifies URLs that give access to one cookbook file for
// a while, to whoever holds them. It may be used concurrently; its fields must
// not change once it is in use.
type Presigner struct {
	AccessKey string
	SecretKey string // without one, nothing is verified
	Region    string // "" is us-east-1

	// Bucket is the first element of the path. Without one, the base of the
	// URLs names the bucket (S3's virtual hosts).
	Bucket string

	// Window, if positive, makes URLs repeat, so that caches recognize them:
	// they are signed as of its last multiple and live that much longer.
	Window time.Duration

	Now func() time.Time // nil is time.Now

	today atomic.Pointer[signingKey]
}

// What S3 and the original agree on for X-Amz-Expires.
const (
	minExpiry = time.Second
	maxExpiry = 7 * 24 * time.Hour
)

// uploadType is the Content-Type that Chef's clients upload with.
const uploadType = "application/x-binary"

// Get returns a URL for downloading a file. The base is an absolute URL, with a
// path at most; the checksum is 32 hexadecimal digits. The URL is good for at
// least ttl, but for no more than a week.
func (p *Presigner) Get(base, orgGUID, checksum string, ttl time.Duration) string {
	return string(p.AppendGet(nil, base, orgGUID, checksum, ttl))
}

// AppendGet appends what Get returns.
func (p *Presigner) AppendGet(dst []byte, base, orgGUID, checksum string, ttl time.Duration) []byte {
	return p.presign(dst, http.MethodGet, base, orgGUID, checksum, ttl)
}

// Put returns a URL for uploading a file, as Get does. It takes this very
// content only: its MD5 and the Content-Type application/x-binary are signed.
func (p *Presigner) Put(base, orgGUID, checksum string, ttl time.Duration) string {
	return string(p.AppendPut(nil, base, orgGUID, checksum, ttl))
}

// AppendPut appends what Put returns.
func (p *Presigner) AppendPut(dst []byte, base, orgGUID, checksum string, ttl time.Duration) []byte {
	return p.presign(dst, http.MethodPut, base, orgGUID, checksum, ttl)
}

func (p *Presigner) presign(dst []byte, method, base, orgGUID, checksum string, ttl time.Duration) []byte {
	at, ttl := p.lifetime(ttl)
	var buf [len(sigv4Time)]byte
	timestamp := at.AppendFormat(buf[:0], sigv4Time)
	s := p.key(timestamp[:dateLength]).signer()
	defer s.release()

	origin, host, prefix := splitBase(base)
	if dst == nil {
		dst = make([]byte, 0, len(base)+512)
	}
	dst = append(dst, origin...)
	path := len(dst)
	dst = p.appendPath(dst, prefix, orgGUID, checksum)
	query := len(dst)
	dst = append(dst, '?')
	dst = s.key.appendQuery(dst, timestamp, ttl, signedNames(method))

	b := append(s.buf[:0], method...)
	b = append(b, '\n')
	b = append(b, dst[path:query]...)
	b = append(b, '\n')
	b = append(b, dst[query+1:]...)
	b = append(b, '\n')
	b = appendSignedHeaders(b, method, host, checksum)
	s.buf = append(b, "\n"+unsignedPayload...)
	dst = append(dst, "&X-Amz-Signature="...)
	return s.sign(dst, timestamp)
}

func (p *Presigner) appendPath(dst []byte, prefix, orgGUID, checksum string) []byte {
	dst = appendEscapedPath(dst, prefix)
	if p.Bucket != "" {
		dst = append(dst, '/')
		dst = appendEscaped(dst, p.Bucket)
	}
	dst = append(dst, "/organization-"...)
	dst = appendEscaped(dst, orgGUID)
	dst = append(dst, "/checksum-"...)
	return appendEscaped(dst, checksum)
}

func signedNames(method string) string {
	if method == http.MethodPut {
		return "content-md5;content-type;host"
	}
	return "host"
}

// appendSignedHeaders appends the canonical headers and the list of their names.
func appendSignedHeaders(b []byte, method, host, checksum string) []byte {
	if method == http.MethodPut {
		b = append(b, "content-md5:"...)
		b = appendMD5(b, checksum)
		b = append(b, "\ncontent-type:"+uploadType+"\n"...)
	}
	b = append(b, "host:"...)
	b = append(b, host...)
	b = append(b, "\n\n"...)
	return append(b, signedNames(method)...)
}

// appendMD5 appends a hexadecimal checksum as Content-MD5 has it. Nothing is
// appended for what is no checksum: no upload matches that.
func appendMD5(dst []byte, checksum string) []byte {
	var sum [16]byte
	if len(checksum) != 2*len(sum) {
		return dst
	}
	if _, err := hex.Decode(sum[:], []byte(checksum)); err != nil {
		return dst
	}
	return base64.StdEncoding.AppendEncode(dst, sum[:])
}

// lifetime returns the time of signing and how long the URL is good from then.
func (p *Presigner) lifetime(ttl time.Duration) (time.Time, time.Duration) {
	at := p.now()
	if p.Window > 0 {
		at = at.Truncate(p.Window)
		ttl += p.Window
	}
	return at, min(max(ttl, minExpiry), maxExpiry)
}

func (p *Presigner) now() time.Time {
	if p.Now == nil {
		return time.Now().UTC()
	}
	return p.Now().UTC()
}

// key returns the key for a date. That of the last date signed for is kept.
func (p *Presigner) key(date []byte) *signingKey {
	if k := p.today.Load(); k != nil && k.date == string(date) {
		return k
	}
	k := p.derive(string(date))
	p.today.Store(k)
	return k
}

func (p *Presigner) derive(date string) *signingKey {
	return newSigningKey(p.AccessKey, p.SecretKey, p.region(), date)
}

func (p *Presigner) region() string { return cmp.Or(p.Region, "us-east-1") }

// splitBase returns scheme and authority, the Host header that clients send
// for it (they leave out the scheme's own port), and the path.
func splitBase(base string) (origin, host, path string) {
	authority := 0
	if i := strings.Index(base, "://"); i >= 0 {
		authority = i + len("://")
	}
	end := len(base)
	if i := strings.IndexByte(base[authority:], '/'); i >= 0 {
		end = authority + i
	}
	host = base[authority:end]
	switch base[:authority] {
	case "https://":
		host = strings.TrimSuffix(host, ":443")
	case "http://":
		host = strings.TrimSuffix(host, ":80")
	}
	return base[:end], host, strings.TrimSuffix(base[end:], "/")
}
