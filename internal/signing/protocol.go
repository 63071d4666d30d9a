package signing

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// protocol is what distinguishes the versions of the signing protocol.
type protocol struct {
	version   string
	algorithm string // as X-Ops-Sign calls it; also what hashes body, path and name

	// digest is the hash that RSA signs. Zero means that RSA signs the
	// canonical string itself, padded but neither hashed nor labelled
	// (OpenSSL's private encrypt), which limits the string to the size of the
	// key less eleven bytes.
	digest crypto.Hash

	// hashedName keeps the canonical string within that limit.
	hashedName bool
}

func protocolOf(version string) (protocol, bool) {
	switch version {
	case "1.0":
		return protocol{version: version, algorithm: "sha1"}, true
	case "1.1":
		return protocol{version: version, algorithm: "sha1", hashedName: true}, true
	case "1.2":
		return protocol{version: version, algorithm: "sha1", hashedName: true, digest: crypto.SHA1}, true
	case "1.3":
		return protocol{version: version, algorithm: "sha256", digest: crypto.SHA256}, true
	}
	return protocol{}, false
}

// parseSign reads X-Ops-Sign: key=value pairs with semicolons, of which the
// first of each key counts. The algorithm may be left out.
func parseSign(header string) (protocol, bool) {
	var algorithm, version string
	for pair := range strings.SplitSeq(header, ";") {
		key, value, _ := strings.Cut(pair, "=")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "algorithm":
			algorithm = cmp.Or(algorithm, value)
		case "version":
			version = cmp.Or(version, value)
		}
	}
	p, ok := protocolOf(version)
	return p, ok && (algorithm == "" || algorithm == p.algorithm)
}

// sign returns the value of X-Ops-Sign.
func (p protocol) sign() string {
	return "algorithm=" + p.algorithm + ";version=" + p.version + ";"
}

// appendHash appends the base64 hash of data.
func (p protocol) appendHash(dst, data []byte) []byte {
	if p.algorithm == "sha256" {
		sum := sha256.Sum256(data)
		return base64.StdEncoding.AppendEncode(dst, sum[:])
	}
	sum := sha1.Sum(data)
	return base64.StdEncoding.AppendEncode(dst, sum[:])
}

// message returns what RSA signs for a canonical string.
func (p protocol) message(canonical []byte) []byte {
	switch p.digest {
	case crypto.SHA1:
		sum := sha1.Sum(canonical)
		return sum[:]
	case crypto.SHA256:
		sum := sha256.Sum256(canonical)
		return sum[:]
	}
	return canonical
}

func (p protocol) signature(key *rsa.PrivateKey, c claim) ([]byte, error) {
	return rsa.SignPKCS1v15(nil, key, p.digest, p.message(p.canonical(c)))
}

func (p protocol) verify(key *rsa.PublicKey, c claim, signature []byte) bool {
	return rsa.VerifyPKCS1v15(key, p.digest, p.message(p.canonical(c)), signature) == nil
}
