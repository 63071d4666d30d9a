package fakeec2

import (
	"io"
	"net"
	"net/http"
	"slices"
	"time"
)

// reachable is false when a fault has kept the request from being answered.
func (s *Server) reachable(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	var f *Fault
	if f = s.fault(FaultDown, s.hostAt(r.RemoteAddr), ""); f == nil {
		s.mu.Unlock()
		return true
	}
	mode := f.Mode
	s.mu.Unlock()
	switch mode {
	case "error":
		s.answerError(w, errInjected("Unavailable"))
	case "timeout":
		s.hang(r)
		reset(w)
	default:
		reset(w)
	}
	return false
}

// hang returns when the caller has gone or the endpoint is no longer down.
func (s *Server) hang(r *http.Request) {
	// The server notices that a caller has gone only once the body is read.
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxBody))
	for {
		s.mu.Lock()
		change := s.faultChange
		down := slices.ContainsFunc(s.faults, func(f *Fault) bool { return f.Name == FaultDown })
		s.mu.Unlock()
		if !down {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-change:
		}
	}
}

// wait lets an answer come late, on the fake's clock.
func (s *Server) wait(r *http.Request, d time.Duration) {
	due := make(chan struct{})
	s.clock.AfterFunc(d, func() { close(due) })
	select {
	case <-due:
	case <-r.Context().Done():
	}
}

// reset ends a connection without an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// HTTP/2 has nothing to hijack; aborting the handler resets the stream.
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
