package blob

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"sync"
	"time"
)

// Signature Version 4 of AWS, as S3 uses it:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
const (
	sigv4Algorithm  = "AWS4-HMAC-SHA256"
	sigv4Time       = "20060102T150405Z"
	sigv4Service    = "/s3/aws4_request" // how every credential scope ends
	unsignedPayload = "UNSIGNED-PAYLOAD"
	dateLength      = len("20060102")
)

// signingKey makes the signatures of one day. It may be used concurrently.
type signingKey struct {
	date  string // yyyymmdd
	scope string // date/region/s3/aws4_request
	query string // encoded, up to where the time of signing follows
	pool  sync.Pool
}

func newSigningKey(accessKey, secretKey, region, date string) *signingKey {
	k := &signingKey{date: date, scope: date + "/" + region + sigv4Service}
	k.query = "X-Amz-Algorithm=" + sigv4Algorithm +
		"&X-Amz-Credential=" + string(appendEscaped(nil, accessKey+"/"+k.scope)) + "&X-Amz-Date="

	derived := []byte("AWS4" + secretKey)
	for _, part := range [...]string{date, region, "s3", "aws4_request"} {
		mac := hmac.New(sha256.New, derived)
		mac.Write([]byte(part))
		derived = mac.Sum(nil)
	}
	k.pool.New = func() any { return &sigv4Signer{key: k, mac: hmac.New(sha256.New, derived)} }
	return k
}

// appendQuery appends all parameters but the signature, in canonical order.
func (k *signingKey) appendQuery(dst, timestamp []byte, expires time.Duration, signedNames string) []byte {
	dst = append(dst, k.query...)
	dst = append(dst, timestamp...)
	dst = append(dst, "&X-Amz-Expires="...)
	dst = strconv.AppendInt(dst, int64(expires/time.Second), 10)
	dst = append(dst, "&X-Amz-SignedHeaders="...)
	return appendEscaped(dst, signedNames)
}

// signer returns a signer to be given back by release.
func (k *signingKey) signer() *sigv4Signer { return k.pool.Get().(*sigv4Signer) }

// sigv4Signer makes one signature after the other without allocating.
type sigv4Signer struct {
	key *signingKey
	mac hash.Hash
	buf []byte // the canonical request, for sign
}

func (s *sigv4Signer) release() { s.key.pool.Put(s) }

// sign appends the hexadecimal signature of the canonical request in buf.
func (s *sigv4Signer) sign(dst, timestamp []byte) []byte {
	request := sha256.Sum256(s.buf)
	b := append(s.buf[:0], sigv4Algorithm+"\n"...)
	b = append(b, timestamp...)
	b = append(b, '\n')
	b = append(b, s.key.scope...)
	b = append(b, '\n')
	b = hex.AppendEncode(b, request[:])
	s.mac.Reset()
	s.mac.Write(b)
	s.buf = s.mac.Sum(b[:0])
	return hex.AppendEncode(dst, s.buf)
}

// appendEscaped percent-encodes all but the unreserved characters of RFC 3986,
// slashes included, as in queries.
func appendEscaped(dst []byte, s string) []byte {
	for i := range len(s) {
		dst = appendEscapedByte(dst, s[i])
	}
	return dst
}

// appendEscapedPath brings an escaped path into the one form that is signed:
// what is unreserved is bare, all else but slashes is escaped in capitals. An
// escaped slash stays one, so that two objects never share a form.
func appendEscapedPath(dst []byte, escaped string) []byte {
	for i := 0; i < len(escaped); i++ {
		c := escaped[i]
		switch {
		case c == '/':
			dst = append(dst, c)
		case c == '%' && i+2 < len(escaped) && isHex(escaped[i+1]) && isHex(escaped[i+2]):
			dst = appendEscapedByte(dst, unhex(escaped[i+1])<<4|unhex(escaped[i+2]))
			i += 2
		default:
			dst = appendEscapedByte(dst, c)
		}
	}
	return dst
}

func appendEscapedByte(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	if isUnreserved(c) {
		return append(dst, c)
	}
	return append(dst, '%', digits[c>>4], digits[c&15])
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// unhex is for digits that isHex knows.
func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
