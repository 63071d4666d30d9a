// Package witness lets a frontend say whether it still reaches the primary. A
// backend that hears nothing of the other asks every frontend, and does not
// take the volume by force from a primary that one of them can vouch for.
//
// A frontend has no word of its own: it asks the backend there and then and
// passes on the backend's signed proof, which is bound to the question by a
// nonce of the asker. It keeps nothing, so it cannot vouch with what is old.
package witness

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"tournant/internal/ha/link"
)

// askWithin is how long the backend has to answer: the asker waits 100 ms longer
// for all of it.
const askWithin = 500 * time.Millisecond

// atOnce bounds how many questions are passed on at the same time. There are
// two backends, and each asks once a second.
const atOnce = 8

// Witness answers link.PathVouch.
type Witness struct {
	backends map[string]*link.Client
	slots    chan struct{}
	log      *slog.Logger
}

// New is for a frontend that can ask these backends.
func New(log *slog.Logger, backends ...*link.Client) *Witness {
	w := &Witness{backends: map[string]*link.Client{}, slots: make(chan struct{}, atOnce), log: log}
	for _, b := range backends {
		w.backends[b.Name()] = b
	}
	return w
}

// ServeHTTP answers a backend with the proof of the one that it asks for, or
// 204. Whoever does not come by link's TLS finds nothing here.
func (w *Witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if _, ok := w.backends[link.Asker(r.TLS)]; !ok || r.Method != http.MethodGet {
		http.NotFound(rw, r)
		return
	}
	backend, ok := w.backends[r.URL.Query().Get("node")]
	var nonce link.Nonce
	if err := nonce.UnmarshalText([]byte(r.URL.Query().Get("nonce"))); err != nil || !ok {
		http.Error(rw, "ask with node, a backend, and nonce", http.StatusBadRequest)
		return
	}
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	default:
		http.Error(rw, "too many ask at once", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askWithin)
	defer cancel()
	var proof link.Proof
	if err := backend.Get(ctx, link.ProofFor(nonce), &proof); err != nil {
		if !errors.Is(err, link.ErrNone) {
			w.log.Warn("a backend was asked for on behalf of the other and did not answer", "backend", backend.Name(), "error", err)
		}
		rw.WriteHeader(http.StatusNoContent)
		return
	}
	link.Answer(rw, proof)
}

// Close drops idle connections.
func (w *Witness) Close() {
	for _, b := range w.backends {
		b.Close()
	}
}
