package apiclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// timeout bounds a request: the slowest make a key or wait for an index.
const timeout = 5 * time.Minute

// Pinned returns an HTTP client that talks TLS with the holder of that
// certificate (PEM) alone, whatever its names and issuer: both ends are on one
// host, and the certificate was read from where the server keeps it.
func Pinned(certificate []byte) (*http.Client, error) {
	block, _ := pem.Decode(certificate)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("the server's certificate is not PEM")
	}
	want, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the server's certificate: %w", err)
	}
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection asks for more: this very certificate
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 || !state.PeerCertificates[0].Equal(want) {
				return errors.New("the server presents another certificate than the one in its file, which it reads again on SIGHUP")
			}
			return nil
		},
	}
	return &http.Client{Timeout: timeout, Transport: &http.Transport{TLSClientConfig: config}}, nil
}

// Plain returns an HTTP client that uses no proxy.
func Plain() *http.Client {
	return &http.Client{Timeout: timeout, Transport: &http.Transport{}}
}

// Serve runs handler within the process and returns a client of it, which
// takes any host name for it. close ends both.
func Serve(handler http.Handler) (client *http.Client, close func() error) {
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: timeout}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(l) }) // always ErrServerClosed: the listener fails only once closed
	transport := &http.Transport{DialContext: l.dial}
	return &http.Client{Transport: transport}, func() error {
		transport.CloseIdleConnections()
		err := server.Shutdown(context.Background())
		running.Wait()
		return err
	}
}

// pipeListener accepts connections that never leave the process.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "within the process" }
