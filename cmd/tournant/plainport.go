package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"tournant/internal/fdstore"
)

// plainPort is the port without TLS: it leads to the one with, or serves the API
// as well, for load balancers that end TLS.
type plainPort struct {
	http     *http.Server
	listener net.Listener
}

// openPlainPort listens. The port serves api, or leads to the one with TLS,
// whose address is secure.
func openPlainPort(ctx context.Context, sockets *fdstore.Store, address, secure string, api *http.Server, serves bool) (*plainPort, error) {
	l, err := sockets.Listen(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("listen without TLS: %w", err)
	}
	p := &plainPort{listener: l, http: api}
	if !serves {
		p.http = &http.Server{
			Handler: redirect(secure), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second,
			WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10,
		}
	}
	return p, nil
}

// redirect leads to the same path over TLS.
func redirect(secure string) http.Handler {
	_, port, err := net.SplitHostPort(secure)
	return http.HandlerFunc(func(w http.ResponseWriter, rq *http.Request) {
		host := rq.Host
		if name, _, cutErr := net.SplitHostPort(host); cutErr == nil {
			host = name
		}
		if err == nil && port != "443" {
			host = net.JoinHostPort(host, port)
		}
		http.Redirect(w, rq, "https://"+host+rq.URL.RequestURI(), http.StatusMovedPermanently) //nolint:gosec // to the host that was asked: whoever forges it leads himself astray
	})
}

// serve serves until the server is shut down.
func (p *plainPort) serve() error {
	if err := p.http.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve without TLS: %w", err)
	}
	return nil
}
