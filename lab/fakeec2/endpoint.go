package fakeec2

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"time"
)

// A Listen opens a socket, and opens it again after the endpoint was down. It
// may do so in a network namespace.
type Listen func() (net.Listener, error)

// ServeAPI answers the Query API on the sockets that listen opens, until ctx
// ends. While FaultDown refuses everybody, there is no socket.
func (s *Server) ServeAPI(ctx context.Context, listen Listen) error {
	for {
		refusing, change := s.refusing()
		if refusing {
			select {
			case <-ctx.Done():
				return nil
			case <-change:
				continue
			}
		}
		l, err := listen()
		if err != nil {
			return err
		}
		if err := s.serveUntilRefused(ctx, l); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// refusing is whether nobody may connect, and a channel that closes when faults
// have changed.
func (s *Server) refusing() (bool, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.faults, func(f *Fault) bool {
		return f.Name == FaultDown && f.Mode == "refuse" && f.Host == "" && f.Action == ""
	}), s.faultChange
}

// serveUntilRefused returns with the socket closed and its connections ended.
func (s *Server) serveUntilRefused(ctx context.Context, l net.Listener) error {
	h := newHTTPServer(s)
	done := make(chan error, 1)
	go func() { done <- h.Serve(l) }()
	for {
		refusing, change := s.refusing()
		if refusing {
			return errors.Join(h.Close(), ignoreClosed(<-done))
		}
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return errors.Join(h.Close(), ignoreClosed(<-done))
		case <-change:
		}
	}
}

// ServeHandler serves the metadata or the control interface until ctx ends.
func (s *Server) ServeHandler(ctx context.Context, l net.Listener, handler http.Handler) error {
	h := newHTTPServer(handler)
	done := make(chan error, 1)
	go func() { done <- h.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errors.Join(h.Close(), ignoreClosed(<-done))
	}
}

func newHTTPServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
