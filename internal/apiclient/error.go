package apiclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Error is an answer that is not 2xx.
type Error struct {
	Status int
	Body   []byte
}

func (e *Error) Error() string {
	return fmt.Sprintf("%d %s: %s", e.Status, http.StatusText(e.Status), e.Message())
}

// Message is what the server said, without the JSON around it: errors come as
// a string or as a list of them.
func (e *Error) Message() string {
	var body struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(e.Body, &body) != nil || body.Error == nil {
		return string(e.Body)
	}
	var one string
	if json.Unmarshal(body.Error, &one) == nil {
		return one
	}
	var list []string
	if json.Unmarshal(body.Error, &list) == nil {
		return strings.Join(list, ", ")
	}
	return string(body.Error)
}

// Status returns the status that the server answered with if err is an
// *Error, and 0 for any other error.
func Status(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}
