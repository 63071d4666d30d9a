package main

import (
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// leaveWithin is leaving's for an installed server.
const leaveWithin = time.Second

// leaving is a server's way to end without a client that notices. One that is
// just sending a request on a connection that is closed gets an error that it
// may not know to be harmless; so connections are not closed while they may be
// used, but each answer says that it is the connection's last.
type leaving struct {
	within time.Duration // how long clients that say nothing are waited for
	begun  atomic.Bool
	open   atomic.Int64 // connections
}

// before has answers say it.
func (l *leaving) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.begun.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// count is an http.Server's ConnState.
func (l *leaving) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		l.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		l.open.Add(-1)
	case http.StateActive, http.StateIdle:
	}
}

// leave returns when no connection is left, or those that are have said nothing
// for long.
func (l *leaving) leave() {
	l.begun.Store(true)
	for end := time.Now().Add(l.within); l.open.Load() > 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}
