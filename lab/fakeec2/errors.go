package fakeec2

import (
	"fmt"
	"net/http"
)

// An Error is a refusal as EC2 words it. Codes are those of AWS's page "Error
// codes for the Amazon EC2 API"; messages are those seen in the reports that
// DESIGN.md names.
type Error struct {
	Status  int
	Code    string
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// statuses are the HTTP statuses of codes that are not 400.
var statuses = map[string]int{
	"AuthFailure":                http.StatusUnauthorized,
	"MissingAuthenticationToken": http.StatusForbidden,
	"UnauthorizedOperation":      http.StatusForbidden,
	"DryRunOperation":            http.StatusPreconditionFailed,
	"InternalError":              http.StatusInternalServerError,
	"InternalFailure":            http.StatusInternalServerError,
	"RequestLimitExceeded":       http.StatusServiceUnavailable,
	"ServiceUnavailable":         http.StatusServiceUnavailable,
	"Unavailable":                http.StatusServiceUnavailable,
}

func refuse(code, format string, args ...any) *Error {
	status, ok := statuses[code]
	if !ok {
		status = http.StatusBadRequest
	}
	return &Error{status, code, fmt.Sprintf(format, args...)}
}

func errAuth() *Error {
	return refuse("AuthFailure", "AWS was not able to validate the provided access credentials")
}

func errDryRun() *Error {
	return refuse("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
}

func errUnauthorized() *Error {
	return refuse("UnauthorizedOperation", "You are not authorized to perform this operation.")
}

func errMissing(parameter string) *Error {
	return refuse("MissingParameter", "The request must contain the parameter %s", parameter)
}

func errVolumeNotFound(id string) *Error {
	return refuse("InvalidVolume.NotFound", "The volume '%s' does not exist.", id)
}

func errInstanceNotFound(id string) *Error {
	return refuse("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
}

func errInterfaceNotFound(id string) *Error {
	return refuse("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '%s' does not exist", id)
}

// injectedMessages are the messages of codes that only a fault brings about.
var injectedMessages = map[string]string{
	"InternalError":        "An internal error has occurred",
	"Unavailable":          "The service is unavailable. Please try again shortly.",
	"ServiceUnavailable":   "The service is unavailable. Please try again shortly.",
	"RequestLimitExceeded": "Request limit exceeded.",
	"ExpiredToken":         "The security token included in the request is expired",
	"RequestExpired":       "Request has expired.",
}

func errInjected(code string) *Error {
	switch code {
	case "AuthFailure":
		return errAuth()
	case "UnauthorizedOperation":
		return errUnauthorized()
	}
	message, ok := injectedMessages[code]
	if !ok {
		message = "Injected by the fault programme"
	}
	return refuse(code, "%s", message)
}
