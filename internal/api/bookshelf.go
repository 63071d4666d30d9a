package api

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"tournant/internal/blob"
	"tournant/internal/chef"
	"tournant/internal/store"
)

// bookshelfRoutes serves cookbook files to whoever holds a signed URL. It is
// S3 for one bucket, outside of the pipeline: no Chef signature, no JSON.
func (s *Server) bookshelfRoutes() {
	s.mux.HandleFunc("/"+s.Presigner.Bucket+"/{org}/{file}", s.bookshelf)
}

func (s *Server) bookshelf(w http.ResponseWriter, r *http.Request) {
	call := &bookshelfCall{Server: s, w: w, r: r, rc: http.NewResponseController(w), id: requestID(r), status: http.StatusOK}
	started := s.Now()
	err := call.serve()
	if err != nil {
		call.fail(err)
	}
	took := s.Now().Sub(started)
	s.metrics.Request(r.Method, r.Pattern, call.status, took)
	level := slog.LevelInfo
	if call.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.Log.Log(r.Context(), level, "file", "request_id", call.id, "method", r.Method, "path", r.URL.Path,
		"status", call.status, "took", took, "remote", r.RemoteAddr, "error", err)
}

// bookshelfCall is one request for a file.
type bookshelfCall struct {
	*Server
	w      http.ResponseWriter
	r      *http.Request
	rc     *http.ResponseController
	id     string
	status int
}

// s3Error is an error as S3 answers it.
type s3Error struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	RequestID string `xml:"RequestId"`

	status int
}

func (e *s3Error) Error() string { return e.Code + ": " + e.Message }

var (
	errNoSuchKey   = &s3Error{status: http.StatusNotFound, Code: "NoSuchKey", Message: "The specified key does not exist."}
	errS3Method    = &s3Error{status: http.StatusMethodNotAllowed, Code: "MethodNotAllowed", Message: "The specified method is not allowed against this resource."}
	errBadDigest   = &s3Error{status: http.StatusNotAcceptable, Code: "BadDigest", Message: "The Content-MD5 you specified did not match what we received."}
	errEntityLarge = &s3Error{status: http.StatusRequestEntityTooLarge, Code: "EntityTooLarge", Message: "Your proposed upload exceeds the maximum allowed size."}
	errIncomplete  = &s3Error{status: http.StatusBadRequest, Code: "IncompleteBody", Message: "The request body could not be read to its end."}
	errS3Away      = &s3Error{status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "The database does not answer. Please try again."}
	errS3Full      = &s3Error{status: http.StatusInsufficientStorage, Code: "InsufficientStorage", Message: "The server has no room for the file until its administrator makes some."}
	errS3Internal  = &s3Error{status: http.StatusInternalServerError, Code: "InternalError", Message: "We encountered an internal error. Please try again."}
)

// s3ErrorOf words an error as S3 does.
func s3ErrorOf(err error) s3Error {
	var access *blob.AccessError
	var known *s3Error
	switch {
	case errors.As(err, &access):
		return s3Error{status: http.StatusForbidden, Code: string(access.Code), Message: access.Message}
	case errors.As(err, &known):
		return *known
	case errors.Is(err, store.ErrNotFound):
		return *errNoSuchKey
	case errors.Is(err, blob.ErrDigest):
		return *errBadDigest
	case errors.Is(err, blob.ErrTooLarge):
		return *errEntityLarge
	case errors.Is(err, blob.ErrReceive):
		return *errIncomplete
	case chef.CodeOf(err) == chef.Unavailable:
		return *errS3Away
	case chef.CodeOf(err) == chef.InsufficientStorage:
		return *errS3Full
	}
	return *errS3Internal
}

func (c *bookshelfCall) fail(err error) {
	answer := s3ErrorOf(err)
	c.status, answer.RequestID = answer.status, c.id
	body, merr := xml.Marshal(answer)
	if merr != nil {
		c.Log.Error("answer lost", "request_id", c.id, "error", merr)
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/xml")
	if c.status == http.StatusMethodNotAllowed {
		h.Set("Allow", "GET, HEAD, PUT")
	}
	if c.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", retryAfter)
	}
	c.w.WriteHeader(c.status)
	if c.r.Method != http.MethodHead {
		_, _ = io.WriteString(c.w, xml.Header+string(body)) // a client that left is not our error
	}
}

func (c *bookshelfCall) serve() error {
	serve := c.get
	switch c.r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPut:
		serve = c.put
	default:
		return errS3Method
	}
	if err := c.Presigner.Verify(c.r); err != nil {
		return err
	}
	guid, isOrg := strings.CutPrefix(c.r.PathValue("org"), "organization-")
	sum, isFile := strings.CutPrefix(c.r.PathValue("file"), "checksum-")
	if !isOrg || !isFile || !chef.ValidChecksum(sum) {
		return errNoSuchKey
	}
	org, err := c.Store.OrgByGUID(c.r.Context(), guid)
	if err != nil {
		return err
	}
	return serve(org, sum)
}

// patience is how long a client may take for the next piece of a file, in
// either direction. A file as a whole may take any time.
const patience = 60 * time.Second

func (c *bookshelfCall) get(org int64, checksum string) error {
	f, err := c.Files.Get(c.r.Context(), org, checksum)
	if err != nil {
		return err
	}
	// The server's deadline for requests would end a long download.
	if err := c.rc.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", mediaType(c.r.Header.Get("Accept")))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", etag(checksum))
	if expires := c.r.URL.Query().Get("X-Amz-Expires"); expires != "" {
		h.Set("Cache-Control", "max-age="+expires)
	}
	http.ServeContent(c.w, c.r, "", f.Modified, &patientFile{f, c.rc})
	return c.rc.SetWriteDeadline(time.Time{})
}

// patientFile gives the client anew time to take each piece.
type patientFile struct {
	*blob.File
	rc *http.ResponseController
}

func (f *patientFile) Read(p []byte) (int, error) {
	if err := f.rc.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

// mediaType is the one type that a client accepts, as Chef's store answers.
func mediaType(accept string) string {
	if accept == "" || strings.ContainsAny(accept, "*,;") {
		return "application/octet-stream"
	}
	return accept
}

// etag is the MD5 in base64.
func etag(checksum string) string {
	sum, err := hex.DecodeString(checksum)
	if err != nil {
		return ""
	}
	return `"` + base64.StdEncoding.EncodeToString(sum) + `"`
}

func (c *bookshelfCall) put(org int64, checksum string) error {
	if c.r.ContentLength > c.Files.MaxSize() {
		return errEntityLarge
	}
	body := &patientBody{c.r.Body, c.rc}
	// An earlier request on the connection may have left a deadline behind,
	// which a slow upload would outlast.
	if err := c.rc.SetWriteDeadline(time.Time{}); err != nil {
		return err
	}
	if err := c.Files.Put(c.r.Context(), org, checksum, c.r.Header.Get("Content-MD5"), body); err != nil {
		if chef.CodeOf(err) == chef.InsufficientStorage {
			discard(c.r, body)
		}
		return err
	}
	c.w.Header().Set("ETag", etag(checksum))
	c.status = http.StatusNoContent
	c.w.WriteHeader(c.status)
	return nil
}

// patientBody gives the client anew time to send each piece. The last read
// takes the deadline away: storing the file may outlast it.
type patientBody struct {
	io.Reader
	rc *http.ResponseController
}

func (b *patientBody) Read(p []byte) (int, error) {
	if err := b.rc.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		if e := b.rc.SetReadDeadline(time.Time{}); e != nil {
			return n, e
		}
	}
	return n, err
}
