package api

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"tournant/internal/chef"
	"tournant/internal/store"
)

// statuses gives each error code its status. This is the one place where an
// error becomes an answer.
var statuses = map[chef.Code]int{
	chef.Invalid:         http.StatusBadRequest,
	chef.Unauthenticated: http.StatusUnauthorized,
	chef.Forbidden:       http.StatusForbidden,
	chef.NotFound:        http.StatusNotFound,
	chef.NotAllowed:      http.StatusMethodNotAllowed,
	chef.NotAcceptable:   http.StatusNotAcceptable,
	chef.Conflict:        http.StatusConflict,
	chef.Gone:            http.StatusGone,
	chef.Unsolvable:      http.StatusPreconditionFailed,
	chef.TooLarge:        http.StatusRequestEntityTooLarge,
	chef.Ambiguous:       http.StatusUnprocessableEntity,
	chef.Internal:        http.StatusInternalServerError,
	chef.Unavailable:     http.StatusServiceUnavailable,
	chef.GatewayTimeout:  http.StatusGatewayTimeout,

	chef.InsufficientStorage: http.StatusInsufficientStorage,
}

// failed turns an error into its answer. What is not a chef.Error is logged
// and hidden.
func (rq *request) failed(err error) *response {
	var v *versionError
	if errors.As(err, &v) {
		return v.response()
	}
	var e *chef.Error
	if !errors.As(err, &e) || e.Code == chef.Internal {
		e = chef.Errorf(chef.Internal, "internal service error")
	}
	res := &response{status: statuses[e.Code], err: err}
	body, merr := marshal(errorBody(e))
	if merr != nil {
		res.err = errors.Join(err, merr)
	}
	res.body = body
	return res
}

func errorBody(e *chef.Error) any {
	type body struct {
		Error any `json:"error"`
	}
	switch {
	case e.Detail != nil:
		return body{[]any{e.Detail}}
	case e.Plain:
		return body{e.Message}
	}
	return body{[]string{e.Message}}
}

// versionError refuses an API version.
type versionError struct{ text string }

func (e *versionError) Error() string {
	return fmt.Sprintf("Specified version %s not supported", e.text)
}

func (e *versionError) response() *response {
	sent := "-1"
	if n, err := strconv.Atoi(e.text); err == nil {
		sent = strconv.Itoa(n)
	}
	body, err := marshal(struct {
		Error      string `json:"error"`
		Message    string `json:"message"`
		MinVersion int    `json:"min_version"`
		MaxVersion int    `json:"max_version"`
	}{"invalid-x-ops-server-api-version", e.Error(), minVersion, maxVersion})
	return &response{status: http.StatusNotAcceptable, body: body, version: sent, err: err}
}

// orMissing words store.ErrNotFound for the client; any other error stays.
func orMissing(err, missing error) error {
	if errors.Is(err, store.ErrNotFound) {
		return missing
	}
	return err
}

// orExists words store.ErrExists for the client; any other error stays.
func orExists(err, exists error) error {
	if errors.Is(err, store.ErrExists) {
		return exists
	}
	return err
}

func newRequestID() string { return rand.Text() }
