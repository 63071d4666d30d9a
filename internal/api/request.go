package api

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tournant/internal/chef"
	"tournant/internal/signing"
	"tournant/internal/store"
)

// request is one call on its way through the pipeline.
type request struct {
	*http.Request
	*Server
	control    *http.ResponseController
	signedPath string // what the signature is for
	started    time.Time
	id         string
	version    int // API version
	base       string
	org        *store.Org // the server's own on paths that name none
	heads      store.Heads
	body       []byte
	claim      *signing.Signature
	who        requestor
}

// The API versions that are served.
const (
	minVersion = 0
	maxVersion = 2
)

// How long a client may take over a JSON body, and over its whole request: a
// page of a thousand nodes goes over slow lines too.
const (
	readTimeout  = time.Minute
	writeTimeout = 10 * time.Minute
)

func (s *Server) newRequest(w http.ResponseWriter, hr *http.Request) *request {
	return &request{
		Request: hr, control: http.NewResponseController(w), Server: s,
		started: s.Now(), id: requestID(hr), base: s.baseOf(hr), signedPath: signedPath(hr),
	}
}

// serve runs the pipeline. Its order is part of the API.
func (s *Server) serve(w http.ResponseWriter, hr *http.Request, r resource) {
	rq := s.newRequest(w, hr)
	res, err := rq.run(r)
	if err != nil {
		res = rq.failed(err)
	}
	rq.write(w, res)
	rq.log(res)
}

func (rq *request) run(r resource) (*response, error) {
	if err := rq.checkClient(); err != nil {
		return nil, err
	}
	if err := rq.negotiate(); err != nil {
		return nil, err
	}
	e, ok := r[rq.Method]
	if !ok {
		return &response{status: http.StatusMethodNotAllowed, allow: r.allow()}, nil
	}
	h, err := rq.examine(e)
	if err != nil {
		return nil, err
	}
	if !e.open {
		if err := rq.authenticate(); err != nil {
			return nil, err
		}
	}
	if rq.Method == http.MethodDelete {
		rq.Request = rq.WithContext(store.Freeing(rq.Context()))
	}
	if acceptsJSON(rq.Header.Get("Accept")) {
		return rq.settled(h)
	}
	// What is missing or forbidden is told before what cannot be shown, and
	// nothing is changed whose answer could not be.
	rq.Request = rq.WithContext(store.ReadOnly(rq.Context()))
	if _, err := rq.settled(h); err != nil && !errors.Is(err, store.ErrReadOnly) {
		return nil, err
	}
	return &response{status: http.StatusNotAcceptable}, nil
}

// attempts bounds how often a request is decided anew because another was
// faster. Each time someone else has got on: eight clients of one cookbook
// version were seen to need more than five.
const attempts = 20

// settled runs h, again with what is there now when that changed under it. A
// handler that is overtaken has changed nothing.
func (rq *request) settled(h handler) (*response, error) {
	for range attempts {
		res, err := h(rq)
		if !errors.Is(err, store.ErrOvertaken) {
			return res, err
		}
		if err := rq.findOrg(); err != nil {
			return nil, err
		}
	}
	return nil, chef.Errorf(chef.Unavailable, "The object is being changed by others. Try again shortly.")
}

// examine is the phase in which a request can be malformed: headers, size,
// organization, body.
func (rq *request) examine(e endpoint) (handler, error) {
	if !e.open {
		claim, err := signing.Parse(rq.Header, rq.Now(), rq.ClockSkew)
		if err != nil {
			return nil, err
		}
		rq.claim = claim
		if e.signedPath != nil {
			rq.signedPath = e.signedPath(rq.Request)
		}
	}
	if err := rq.readBody(); err != nil {
		return nil, err
	}
	if err := rq.findOrg(); err != nil {
		return nil, err
	}
	return e.prepare(rq)
}

// negotiate reads the API version.
func (rq *request) negotiate() error {
	text := rq.Header.Get("X-Ops-Server-API-Version")
	if text == "" {
		return nil
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < minVersion || v > maxVersion {
		return &versionError{text: text}
	}
	rq.version = v
	return nil
}

func (rq *request) readBody() error {
	// Deadlines are not supported under tests that have no connection.
	_ = rq.control.SetReadDeadline(rq.started.Add(readTimeout))
	_ = rq.control.SetWriteDeadline(rq.started.Add(writeTimeout))
	if rq.ContentLength > rq.MaxBody {
		return rq.tooLarge()
	}
	body, err := io.ReadAll(io.LimitReader(rq.Body, rq.MaxBody+1))
	_ = rq.control.SetReadDeadline(time.Time{})
	if err != nil {
		return &chef.Error{Code: chef.Invalid, Message: "The request body could not be read.", Err: err}
	}
	if int64(len(body)) > rq.MaxBody {
		return rq.tooLarge()
	}
	rq.body = body
	if len(body) > 0 {
		rq.Request = rq.WithContext(store.WithBody(rq.Context(), len(body)))
	}
	return nil
}

// maxDiscarded bounds what is read of a body that is refused, in bytes.
const maxDiscarded = 64 << 20

// discard reads the body of a request that is refused to its end, unless its
// sender waits to be told to begin: most clients look for an answer only when
// they have sent all, and would see a broken connection instead.
func discard(r *http.Request, body io.Reader) {
	if r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, body, maxDiscarded)
	}
}

func (rq *request) tooLarge() error {
	discard(rq.Request, rq.Body)
	return chef.Plainf(chef.TooLarge, "JSON must be no more than %d bytes.", rq.MaxBody)
}

// findOrg looks the path's organization up together with the heads that every
// cached answer is compared with.
func (rq *request) findOrg() (err error) {
	name := rq.PathValue("org")
	if name == "" {
		rq.org, rq.heads, err = rq.Store.ServerOrg(rq.Context())
		return err
	}
	rq.org, rq.heads, err = rq.Store.Org(rq.Context(), name)
	return orMissing(err, missingOrganization(name))
}

// baseOf returns the base of URLs in the answer: the address that the client
// called, because only it is known to be reachable.
func (s *Server) baseOf(r *http.Request) string {
	if s.BaseURL != "" {
		return s.BaseURL
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if p := r.Header.Get("X-Forwarded-Proto"); p == "http" || p == "https" {
		scheme = p
	}
	return scheme + "://" + r.Host
}

// globalURL returns the URL of a path given by its segments.
func (rq *request) globalURL(segments ...string) string {
	var b strings.Builder
	b.WriteString(rq.base)
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return b.String()
}

// url is globalURL below the request's organization.
func (rq *request) url(segments ...string) string {
	return rq.globalURL(append([]string{"organizations", rq.org.Name}, segments...)...)
}

// requestID is the client's own or a new one; it ties log lines together.
func requestID(r *http.Request) string {
	for _, name := range []string{"X-Request-Id", "X-Remote-Request-Id"} {
		if id := r.Header.Get(name); id != "" && len(id) <= 128 {
			return id
		}
	}
	return newRequestID()
}

// acceptsJSON reports whether an Accept header takes JSON.
func acceptsJSON(accept string) bool {
	if accept == "" {
		return true
	}
	for media := range strings.SplitSeq(accept, ",") {
		media, _, _ = strings.Cut(media, ";")
		switch strings.TrimSpace(media) {
		case "*/*", "application/*", "application/json":
			return true
		}
	}
	return false
}
