package blob

// AccessCode is the code of S3's XML errors.
type AccessCode string

// The codes that Presigner.Verify answers; the status of both is 403.
const (
	AccessDenied          AccessCode = "AccessDenied"
	SignatureDoesNotMatch AccessCode = "SignatureDoesNotMatch"
)

// AccessError says why a request may not touch a file.
type AccessError struct {
	Code    AccessCode
	Message string // may be shown
}

func (e *AccessError) Error() string { return string(e.Code) + ": " + e.Message }

func denied(message string) error { return &AccessError{AccessDenied, message} }
