package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"

	"tournant/internal/config"
	"tournant/internal/ha/agent"
	"tournant/internal/ha/link"
	"tournant/internal/ha/witness"
	"tournant/internal/postgres"
)

// takeHA is take for topology "ha". A backend's server is at the VIP alone: what
// left from another address, no lease would hold back. Its database is on the
// same host, and its data on the volume. It alone founds the database: the
// superuser's key is left on the volume, too.
func (o *serveOptions) takeHA(c *config.Config, given func(flag string) bool, log *slog.Logger) error {
	if c.Role == config.Frontend {
		w, err := newFrontendWitness(c, log)
		if err != nil {
			return err
		}
		o.witness, o.joins = w, true
		if err := os.MkdirAll(o.data, 0o700); err != nil {
			return fmt.Errorf("make the data directory: %w", err)
		}
		o.database, err = link.DatabaseURL(c, o.data)
		return err
	}
	if !given("data") {
		o.data = agent.APIData(c)
	}
	if !given("listen") {
		o.listen, o.plainListen = at(c.VIP.Address, o.listen), at(c.VIP.Address, o.plainListen)
	}
	if !c.Database.External {
		o.database = agent.LocalDatabase(c.Database, postgres.SocketDir)
	}
	return nil
}

// at is an address to listen on, moved to an IP.
func at(ip netip.Addr, listen string) string {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen // none
	}
	return net.JoinHostPort(ip.String(), port)
}

// frontendWitness is the part of a frontend that backends ask.
type frontendWitness struct {
	identity *link.Identity
	*witness.Witness
}

func newFrontendWitness(c *config.Config, log *slog.Logger) (*frontendWitness, error) {
	identity, err := link.NewIdentity(c.Host, c.HA.SharedSecret)
	if err != nil {
		return nil, fmt.Errorf("the backends could not know this frontend: %w", err)
	}
	var backends []*link.Client
	for _, s := range c.Servers {
		if s.Role == config.Backend {
			backends = append(backends, identity.NewClient(s.Name, netip.AddrPortFrom(s.Address, agent.Port)))
		}
	}
	return &frontendWitness{identity, witness.New(log, backends...)}, nil
}

// tls lets backends, who say so before anything else, be known by their key. A
// nil witness knows nobody.
func (w *frontendWitness) tls() func(*tls.ClientHelloInfo) (*tls.Config, error) {
	if w == nil {
		return nil
	}
	backends := w.identity.Server()
	return func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if hello.ServerName == link.ServerName {
			return backends, nil
		}
		return nil, nil // as everybody
	}
}

// before answers the backends, and has the API answer all else.
func (w *frontendWitness) before(api http.Handler) http.Handler {
	if w == nil {
		return api
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == link.PathVouch:
			w.ServeHTTP(rw, r)
		case link.Asker(r.TLS) != "":
			http.NotFound(rw, r) // backends ask nothing else
		default:
			api.ServeHTTP(rw, r)
		}
	})
}
