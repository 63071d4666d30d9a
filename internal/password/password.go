// Package password hashes passwords and verifies them, those included that
// were imported from older Chef servers.
package password

import (
	"crypto/sha1" // what imported passwords were hashed with
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"tournant/internal/chef"
)

// The schemes of stored passwords. Anything else is a bare SHA-1.
const (
	schemeBcrypt    = "bcrypt"              // bcrypt of the password
	schemeOldBcrypt = "erlang-bcrypt-0.5.0" // the same, as Open Source Chef called it
	schemeSalted    = "SHA1-bcrypt"         // bcrypt of sha1(salt--password--)
	schemeTabbed    = "sha1+bcrypt"         // bcrypt of sha1(--salt--password--); "bcryptsalt TAB salt" beside it
)

// maxBytes is how much of a password bcrypt takes in; it never saw the rest.
const maxBytes = 72

// unmatched is the hash of a random password that nobody kept, at the cost of
// new hashes. Verifying against it takes the time that a real user would.
const unmatched = "$2a$10$7EqJtq98hPqEX7fNZaFWoOHi0mQbkpvJzQkJ0Gv8LZ3sjYw3rVx3K"

// Hash returns a password in the form in which new ones are stored.
func Hash(plain string) (chef.Password, error) {
	hash, err := bcrypt.GenerateFromPassword(clip(plain), bcrypt.DefaultCost)
	if err != nil {
		return chef.Password{}, fmt.Errorf("hash password: %w", err)
	}
	return chef.Password{Hash: string(hash), Scheme: schemeBcrypt}, nil
}

// Verify reports whether plain is the stored password. It takes about as long
// for a wrong password, for an old scheme and for the zero Password, which
// nothing matches: that is what an unknown user has.
func Verify(plain string, stored chef.Password) bool {
	switch stored.Scheme {
	case schemeBcrypt, schemeOldBcrypt:
		return matches(stored.Hash, plain)
	case schemeSalted:
		return matches(stored.Hash, salted(stored.Salt, plain))
	case schemeTabbed:
		_, salt, _ := strings.Cut(stored.Salt, "\t")
		return matches(stored.Hash, salted("--"+salt, plain))
	}
	matches(unmatched, plain)
	bare := same(stored.Hash, salted(stored.Salt, plain))
	return same(stored.Hash, salted("--"+stored.Salt, plain)) || bare
}

// Outdated reports whether a password that was just verified should be hashed
// anew.
func Outdated(stored chef.Password) bool { return stored.Scheme != schemeBcrypt }

func matches(hash, plain string) bool {
	return bcrypt.CompareHashAndPassword([]byte(hash), clip(plain)) == nil
}

func clip(plain string) []byte { return []byte(plain[:min(len(plain), maxBytes)]) }

// salted is the hexadecimal SHA-1 that Chef's older servers kept.
func salted(salt, plain string) string {
	sum := sha1.Sum([]byte(salt + "--" + plain + "--")) // see the import
	return hex.EncodeToString(sum[:])
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
