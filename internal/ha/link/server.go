package link

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// What one who asks may take. All questions are small.
const (
	handshakeWithin = time.Second // it and the headers
	requestWithin   = 2 * time.Second
	answerWithin    = 3 * time.Second
	idleAtMost      = 30 * time.Second
	headersAtMost   = 4 << 10
	connections     = 128

	// BodyAtMost is in bytes, of requests and answers alike.
	BodyAtMost = 64 << 10
)

// NewServer answers by this package's TLS. Bodies are cut at BodyAtMost.
func (i *Identity) NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           http.MaxBytesHandler(h, BodyAtMost),
		ReadHeaderTimeout: handshakeWithin,
		ReadTimeout:       requestWithin,
		WriteTimeout:      answerWithin,
		IdleTimeout:       idleAtMost,
		MaxHeaderBytes:    headersAtMost,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Listen opens a port for NewServer. Beyond a number of connections further ones
// are closed at once, but never those of the peer: nobody else can keep it from
// being heard.
func (i *Identity) Listen(ctx context.Context, at netip.AddrPort, peer netip.Addr) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", at.String())
	if err != nil {
		return nil, fmt.Errorf("listen for the other hosts: %w", err)
	}
	return tls.NewListener(&bounded{Listener: l, peer: peer, free: connections}, i.Server()), nil
}

// Answer answers with a document.
func Answer(w http.ResponseWriter, document any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(document) // who asked may be gone
}

// bounded has so many connections that are not the peer's.
type bounded struct {
	net.Listener
	peer netip.Addr

	mu   sync.Mutex
	free int
}

func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if from, err := netip.ParseAddrPort(c.RemoteAddr().String()); err == nil && from.Addr().Unmap() == b.peer {
			return c, nil
		}
		if b.take() {
			return &counted{Conn: c, release: sync.OnceFunc(b.give)}, nil
		}
		_ = c.Close() // there are too many
	}
}

func (b *bounded) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free == 0 {
		return false
	}
	b.free--
	return true
}

func (b *bounded) give() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free++
}

type counted struct {
	net.Conn
	release func()
}

func (c *counted) Close() error {
	defer c.release()
	return c.Conn.Close()
}
