package store

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
)

// newID returns 32 random hexadecimal digits, the form of Chef's guids and
// authorization ids.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	return hex.EncodeToString(b[:])
}

// nullable is s as a column value; the empty string is NULL.
func nullable(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }
