package aws

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Error is a request that failed, or was refused before it was sent.
type Error struct {
	Op        string // the action, or the path of the metadata
	Code      Code
	AWSCode   string    // AWS's own, if it gave one
	Message   string    // AWS's, or what is wrong
	RequestID string    // AWS's, which its support asks for
	Status    int       // of HTTP; 0 without an answer
	Date      time.Time // AWS's clock; zero if it did not tell

	// Uncertain: what was asked for may have been done, or may be done yet.
	Uncertain bool

	Err error // what lies under it, if it is not AWS's
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Op, e.Code)
	if e.AWSCode != "" {
		fmt.Fprintf(&b, " (%s)", e.AWSCode)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " [request %s]", e.RequestID)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of an error, the empty one for nil, and Other for
// an error that is not of this package.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Other
}

const maxMessage = 600 // bytes: what is longer is AWS's encoded explanation of a refusal

// clean makes AWS's text fit for one line of a log.
func clean(s string) string {
	s, _, _ = strings.Cut(s, " Encoded authorization failure message:")
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "") + "…"
	}
	return s
}
