package chef

import (
	"errors"
	"fmt"
)

// Code classifies an Error. The API turns each code into one HTTP status; no
// other package knows about statuses.
type Code string

// The codes, with the status that the API gives each.
const (
	Invalid         Code = "invalid"         // 400: the request is malformed
	Unauthenticated Code = "unauthenticated" // 401: not who it claims to be
	Forbidden       Code = "forbidden"       // 403: known, but not permitted
	NotFound        Code = "not found"       // 404
	NotAllowed      Code = "not allowed"     // 405: the object does not take this method
	NotAcceptable   Code = "not acceptable"  // 406
	Conflict        Code = "conflict"        // 409: exists, or is frozen
	Gone            Code = "gone"            // 410
	Unsolvable      Code = "unsolvable"      // 412: no set of cookbooks satisfies the run list
	TooLarge        Code = "too large"       // 413
	Ambiguous       Code = "ambiguous"       // 422: a name means both a client and a user
	Internal        Code = "internal"        // 500: logged, never shown
	Unavailable     Code = "unavailable"     // 503: try again
	GatewayTimeout  Code = "gateway timeout" // 504: a service we asked did not answer

	InsufficientStorage Code = "insufficient storage" // 507: the disk of the database is full, or nearly
)

// Error is the only error type that reaches a client. Message is shown as it
// is, so it must be the text that Chef's clients know.
type Error struct {
	Code    Code
	Message string

	// Plain renders {"error": Message} instead of {"error": [Message]}: an
	// inconsistency of the original API that clients match on.
	Plain bool

	// Detail, when set, is marshalled in place of Message (the dependency
	// solver answers with objects).
	Detail any

	// Err is the cause: logged, never shown.
	Err error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Message, e.Err)
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an Error whose message is the list form of the API.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Plainf returns an Error whose message is the string form of the API.
func Plainf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Plain: true}
}

// CodeOf returns the code of the first Error in err's chain, Internal for any
// other error and the empty code for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
