package agent

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"tournant/internal/ha"
	"tournant/internal/ha/control"
	"tournant/internal/ha/link"
)

// endpoint answers the peer and the frontends. All that it says of this node it
// asks the loop, so that a node whose loop hangs says nothing.
type endpoint struct {
	cfg      *Config
	identity *link.Identity
	loop     *loop
	now      func() ha.Instant
	status   func(context.Context) (*control.Status, error)
}

func (e *endpoint) handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET "+link.PathReport, e.report)
	m.HandleFunc("POST "+link.PathReport, e.ofPeer(e.told))
	m.HandleFunc("POST "+link.PathRelease, e.ofPeer(e.release))
	m.HandleFunc("GET "+link.PathProof, e.proof)
	m.HandleFunc("GET "+link.PathStatus, func(w http.ResponseWriter, r *http.Request) { answerStatus(w, r, e.status) })
	return m
}

// loopWithin is how long the loop may take to answer.
const loopWithin = 300 * time.Millisecond

func (e *endpoint) ask(r *http.Request, f func(*ha.Machine)) error {
	ctx, cancel := context.WithTimeout(r.Context(), loopWithin)
	defer cancel()
	return e.loop.ask(ctx, f)
}

// ofPeer lets the peer in and nobody else.
func (e *endpoint) ofPeer(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if link.Asker(r.TLS) != e.cfg.Peer.Name {
			http.Error(w, "only the other backend may ask this", http.StatusForbidden)
			return
		}
		h(w, r)
	}
}

func (e *endpoint) report(w http.ResponseWriter, r *http.Request) {
	var report ha.Report
	if err := e.ask(r, func(m *ha.Machine) { report = m.Report() }); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	link.Answer(w, link.Sent(report))
}

func (e *endpoint) told(w http.ResponseWriter, r *http.Request) {
	var sent link.Report
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		http.Error(w, "this is no report", http.StatusBadRequest)
		return
	}
	report, err := sent.Received()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	e.loop.tell(r.Context(), ha.Event{Kind: ha.EventPeer, Report: report})
	w.WriteHeader(http.StatusAccepted)
}

func (e *endpoint) release(w http.ResponseWriter, r *http.Request) {
	request(w, r, e.ask, e.loop, ha.RequestRelease)
}

// request posts a request unless the machine would refuse it now.
func request(w http.ResponseWriter, r *http.Request, ask func(*http.Request, func(*ha.Machine)) error, l *loop, wanted ha.Request) {
	var refused error
	if err := ask(r, func(m *ha.Machine) { refused = m.Refuse(wanted) }); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	if refused != nil {
		http.Error(w, refused.Error(), http.StatusConflict)
		return
	}
	l.tell(r.Context(), ha.Event{Kind: ha.EventRequest, Request: wanted})
	w.WriteHeader(http.StatusAccepted)
}

// proof signs that this node may serve, while it may.
func (e *endpoint) proof(w http.ResponseWriter, r *http.Request) {
	var nonce link.Nonce
	if err := nonce.UnmarshalText([]byte(r.URL.Query().Get("nonce"))); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var own ha.Own
	var at ha.Instant
	if err := e.ask(r, func(m *ha.Machine) { own, at = m.Status().Snapshot.Own, e.now() }); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	if own.Epoch.Number == 0 || own.Lost != ha.OK || at >= own.Valid {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	link.Answer(w, e.identity.Prove(nonce, own.Epoch.Number, at.Sub(own.Beat)))
}

func answerStatus(w http.ResponseWriter, r *http.Request, status func(context.Context) (*control.Status, error)) {
	s, err := status(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	link.Answer(w, s)
}
