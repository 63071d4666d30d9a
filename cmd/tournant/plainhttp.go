package main

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// tlsHandshake is the type of the record that every TLS connection begins with
// (RFC 8446, section 5.1).
const tlsHandshake = 22

// A client that speaks plain HTTP to the TLS port is told so for this long,
// and this much of what it sent is read meanwhile.
const (
	lingerTime  = time.Second
	lingerBytes = 64 << 10
)

// politeListener lets a client that speaks plain HTTP to a TLS port read the
// 400 that net/http writes to it. Closing a connection with bytes unread makes
// the kernel reset it, and all that the client hears of is the reset.
type politeListener struct{ net.Listener }

func (l politeListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &politeConn{Conn: conn}, nil
}

type politeConn struct {
	net.Conn
	begun bool        // something was read; only the reader looks
	plain atomic.Bool // and it was not TLS
}

func (c *politeConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.begun {
		c.begun = true
		c.plain.Store(p[0] != tlsHandshake)
	}
	return n, err
}

// Close ends our half of a plain connection and waits for the client's end.
func (c *politeConn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.plain.CompareAndSwap(true, false) {
		_ = half.CloseWrite()
		_ = c.SetReadDeadline(time.Now().Add(lingerTime))
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
	}
	return c.Conn.Close()
}
