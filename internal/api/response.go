package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"tournant/internal/document"
)

// response is an answer before it is written. At most one of body, packed and
// parts is set; none is an empty body.
type response struct {
	status   int
	location string
	allow    string
	body     []byte
	packed   document.Packed // stored bytes, sent as they are to clients that take gzip
	parts    []part          // a page of stored documents and the text around them
	err      error           // what to log, for answers that hide it
	version  string          // response_version, when not the request's
}

// part is a stored document or, when that is nil, text.
type part struct {
	packed document.Packed
	text   []byte
}

// compressAt is the size from which an answer is compressed for clients that
// take it: below, the headers outweigh what is saved.
const compressAt = 1400

// ok answers 200 with v as JSON.
func ok(v any) (*response, error) { return answer(http.StatusOK, "", v) }

// created answers 201 with a Location and v as JSON.
func created(location string, v any) (*response, error) {
	return answer(http.StatusCreated, location, v)
}

// createdURI answers 201 as most creations do: the URL twice.
func createdURI(uri string) (*response, error) {
	return created(uri, struct {
		URI string `json:"uri"`
	}{uri})
}

// raw answers with JSON that is ready.
func raw(status int, location string, body []byte) (*response, error) {
	return &response{status: status, location: location, body: body}, nil
}

// stored answers 200 with a document as it lies in the database.
func stored(p document.Packed) (*response, error) {
	return &response{status: http.StatusOK, packed: p}, nil
}

func answer(status int, location string, v any) (*response, error) {
	body, err := marshal(v)
	if err != nil {
		return nil, err
	}
	return raw(status, location, body)
}

// marshal is json.Marshal without HTML escapes.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("marshal answer: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// retryAfter is when to come again after a 503, in seconds.
const retryAfter = "5"

// write sends the answer. Every one carries the API versions, errors included:
// without them clients fall back to older protocols.
func (rq *request) write(w http.ResponseWriter, res *response) {
	h := w.Header()
	h.Set("X-Ops-Server-API-Version", rq.versionHeader(res))
	if res.location != "" {
		h.Set("Location", res.location)
	}
	if res.allow != "" {
		h.Set("Allow", res.allow)
	}
	if res.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `X-Ops-Sign version="1.0" version="1.1"`)
	}
	if res.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", retryAfter)
	}
	if res.parts != nil && !acceptsGzip(rq.Header.Get("Accept-Encoding")) {
		rq.stream(w, res)
		return
	}
	body, err := rq.encode(h, res)
	if err != nil {
		rq.Log.Error("answer lost", "request_id", rq.id, "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(res.status)
	if rq.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that left is not our error
	}
}

// stream sends a page document by document: inflated, it may be a hundred
// times the size of what the database gave.
func (rq *request) stream(w http.ResponseWriter, res *response) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(res.status)
	for _, p := range res.parts {
		text := p.text
		if p.packed != nil {
			plain, err := p.packed.Unpack()
			if err != nil {
				// The status is sent; only a broken body can still tell.
				rq.Log.Error("answer cut short", "request_id", rq.id, "error", err)
				panic(http.ErrAbortHandler)
			}
			text = plain
		}
		if _, err := w.Write(text); err != nil {
			return // the client left
		}
	}
}

// join packs a page without inflating its documents.
func join(parts []part) (document.Packed, error) {
	size := 0
	for _, p := range parts {
		size += len(p.packed) + len(p.text) + 5
	}
	j := document.NewJoiner(size)
	for _, p := range parts {
		if p.packed == nil {
			j.Text(p.text)
		} else if err := j.Packed(p.packed); err != nil {
			return nil, err
		}
	}
	return j.Bytes(), nil
}

// encode returns the bytes to send and sets the headers that describe them.
func (rq *request) encode(h http.Header, res *response) ([]byte, error) {
	if res.packed == nil && res.body == nil && res.parts == nil {
		return nil, nil
	}
	h.Set("Content-Type", "application/json")
	if res.parts != nil {
		h.Set("Content-Encoding", "gzip")
		return join(res.parts)
	}
	zip := acceptsGzip(rq.Header.Get("Accept-Encoding"))
	switch {
	case res.packed != nil && zip:
		h.Set("Content-Encoding", "gzip")
		return res.packed, nil
	case res.packed != nil:
		return res.packed.Unpack()
	case zip && len(res.body) >= compressAt:
		h.Set("Content-Encoding", "gzip")
		return document.Pack(res.body), nil
	}
	return res.body, nil
}

func (rq *request) versionHeader(res *response) string {
	request, response := strconv.Itoa(rq.version), strconv.Itoa(rq.version)
	if res.version != "" {
		request, response = res.version, "-1"
	}
	return fmt.Sprintf(`{"min_version":"%d","max_version":"%d","request_version":"%s","response_version":"%s"}`,
		minVersion, maxVersion, request, response)
}

// acceptsGzip reports whether an Accept-Encoding header takes gzip.
func acceptsGzip(accept string) bool {
	for coding := range strings.SplitSeq(accept, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name != "gzip" && name != "*" {
			continue
		}
		q = strings.ReplaceAll(q, " ", "")
		return q != "q=0" && !strings.HasPrefix(q, "q=0.0")
	}
	return false
}

// log writes the request's one line and counts it.
func (rq *request) log(res *response) {
	took := rq.Now().Sub(rq.started)
	rq.metrics.Request(rq.Method, rq.Pattern, res.status, took)
	level := slog.LevelInfo
	if res.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("request_id", rq.id), slog.String("method", rq.Method), slog.String("path", rq.URL.Path),
		slog.Int("status", res.status), slog.Duration("took", took),
		slog.String("actor", rq.who.name()), slog.String("remote", rq.RemoteAddr),
	}
	if res.err != nil {
		attrs = append(attrs, slog.String("error", loggedText(res.err)))
	}
	rq.Log.LogAttrs(rq.Context(), level, "request", attrs...)
}

// maxLogged bounds the text of an error in the log, in bytes.
const maxLogged = 1000

// loggedText is the beginning of an error's text: some repeat a client's body,
// and anyone could fill the log.
func loggedText(err error) string {
	text := err.Error()
	if len(text) <= maxLogged {
		return text
	}
	return strings.ToValidUTF8(text[:maxLogged], "") + "…"
}
