package postgres

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A verifier of SCRAM-SHA-256 as PostgreSQL keeps it, see RFC 5803:
//
//	SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>
const (
	scramName       = "SCRAM-SHA-256"
	scramIterations = 4096 // PostgreSQL's own
	scramSalt       = 16
)

// newVerifier makes a verifier. The password is ASCII, as ours are: others
// would have to be normalized first.
func newVerifier(password string) (string, error) {
	if password == "" {
		return "", errors.New("the password is empty")
	}
	for _, r := range password {
		if r < ' ' || r > '~' {
			return "", errors.New("the password has other than printable ASCII characters")
		}
	}
	salt := make([]byte, scramSalt)
	_, _ = rand.Read(salt) // never fails: see crypto/rand
	return verifier(password, salt, scramIterations)
}

func verifier(password string, salt []byte, iterations int) (string, error) {
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return "", err
	}
	stored := sha256.Sum256(sign(salted, "Client Key"))
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s$%d:%s$%s:%s", scramName, iterations, b64(salt), b64(stored[:]), b64(sign(salted, "Server Key"))), nil
}

func sign(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// maxIterations bounds the work that a verifier can ask for.
const maxIterations = 1 << 16

// verifies reports whether a verifier is of the password.
func verifies(kept, password string) bool {
	rest, found := strings.CutPrefix(kept, scramName+"$")
	parameters, _, found2 := strings.Cut(rest, "$")
	count, encoded, found3 := strings.Cut(parameters, ":")
	iterations, err1 := strconv.Atoi(count)
	salt, err2 := base64.StdEncoding.DecodeString(encoded)
	if !found || !found2 || !found3 || errors.Join(err1, err2) != nil || iterations < 1 || iterations > maxIterations {
		return false
	}
	want, err := verifier(password, salt, iterations)
	return err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(kept)) == 1
}
