package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"time"
)

// Trust says whose certificates are accepted.
type Trust struct {
	CAFile   string // PEM; "" is the system's authorities
	Insecure bool   // accept any certificate
}

// Endpoint is where requests go: the scheme, host and port of a URL.
type Endpoint struct {
	host    string // for the Host header, as the URL has it
	address string // host:port
	tls     *tls.Config
}

// NewEndpoint returns the endpoint of u. On loopback any certificate is
// accepted: a server on trial has signed its own.
func NewEndpoint(u *url.URL, trust Trust) (*Endpoint, error) {
	port := u.Port()
	switch {
	case u.Hostname() == "":
		return nil, fmt.Errorf("%s has no host", u.Redacted())
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%s is neither http nor https", u.Redacted())
	case port == "" && u.Scheme == "http":
		port = "80"
	case port == "":
		port = "443"
	}
	e := &Endpoint{host: u.Host, address: net.JoinHostPort(u.Hostname(), port)}
	if u.Scheme == "http" {
		return e, nil
	}
	var err error
	e.tls, err = trust.config(u.Hostname())
	return e, err
}

// Address returns host:port.
func (e *Endpoint) Address() string { return e.address }

// TLS returns what a client of the endpoint needs to speak TLS, nil for plain
// HTTP.
func (e *Endpoint) TLS() *tls.Config { return e.tls.Clone() }

// config leaves session tickets out: chef-client makes a full handshake for
// every connection.
func (t Trust) config(host string) (*tls.Config, error) {
	c := &tls.Config{
		ServerName:         host,
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: t.Insecure || t.CAFile == "" && loopback(host), // asked for, or never leaves this machine
	}
	if t.CAFile == "" {
		return c, nil
	}
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return nil, err
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New(t.CAFile + " holds no PEM certificate")
	}
	return c, nil
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// dial opens a connection, handshake included.
func (e *Endpoint) dial(ctx context.Context, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", e.address)
	if err != nil || e.tls == nil {
		return nc, err
	}
	secured := tls.Client(nc, e.tls)
	if err := secured.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return secured, nil
}
