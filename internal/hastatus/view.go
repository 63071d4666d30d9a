package hastatus

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/ha/link"
	"tournant/internal/postgres"
	"tournant/internal/storage"
	"tournant/internal/systemd"
)

// ErrNotHA is returned on a host that has no part in topology "ha".
var ErrNotHA = errors.New("keepalived HA services not enabled, please configure keepalived according to documentation.") //nolint:revive,staticcheck // the original's words

// The exit codes of the original's ha-status.
const (
	exitStatus    = 2
	exitVIP       = 3
	exitProvider  = 4
	exitService   = 7
	exitInterface = 8
)

// The units of a backend.
const (
	UnitAgent      = control.UnitAgent
	UnitKeepalived = control.UnitKeepalived
	UnitPostgres   = postgres.Unit
	UnitAPI        = control.UnitAPI
)

// askWithin bounds each question to another host.
const askWithin = 2 * time.Second

// View is how a host sees the cluster that it belongs to.
type View struct {
	Config *config.Config
	Agent  *control.Client // of this host
	Units  *systemd.Manager
	Disks  *storage.Host
}

// Status is the document of ha-status. ErrNotHA where there is none.
func (v *View) Status(ctx context.Context) (*control.Status, error) {
	switch {
	case v.Config.Topology != config.HA:
		return nil, ErrNotHA
	case v.Config.Role == config.Frontend:
		return v.frontend(ctx), nil
	}
	s, err := v.Agent.Status(ctx)
	if err == nil || ctx.Err() != nil {
		return s, err
	}
	return v.withoutAgent(ctx, err), nil
}

// Backends are the entries of the two.
func Backends(c *config.Config) []config.Server {
	var found []config.Server
	for _, s := range c.Servers {
		if s.Role == config.Backend {
			found = append(found, s)
		}
	}
	return found
}

// Peer is the other backend, on a backend.
func Peer(c *config.Config) (config.Server, bool) {
	for _, s := range Backends(c) {
		if s.Name != c.Host {
			return s, true
		}
	}
	return config.Server{}, false
}

// Ask asks a backend's agent for its document, as the host that c is of.
func Ask(ctx context.Context, c *config.Config, backend config.Server) (*control.Status, error) {
	identity, err := link.NewIdentity(c.Host, c.HA.SharedSecret)
	if err != nil {
		return nil, err
	}
	client := identity.NewClient(backend.Name, netip.AddrPortFrom(backend.Address, link.Port))
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	s := &control.Status{}
	if err := client.Get(ctx, link.PathStatus, s); err != nil {
		return nil, fmt.Errorf("%s (%s): %w", backend.Name, backend.Address, err)
	}
	return s, nil
}

// check has text if ok and otherwise, with a code and a reason, if not.
func check(name string, ok bool, code int, text, otherwise, reason string) control.Check {
	if ok {
		return control.Check{Name: name, OK: true, Text: text}
	}
	return control.Check{Name: name, Code: code, Text: otherwise, Reason: reason}
}
