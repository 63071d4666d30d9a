package ctl

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tournant/internal/config"
	"tournant/internal/datadir"
	"tournant/internal/setup"
)

func (a *app) reconfigure() *cobra.Command {
	c := &cobra.Command{
		Use:   "reconfigure",
		Short: "Make the host what its configuration says",
		Long: `Make the host what its configuration says: secrets, directories, and a
server that runs with them. Whatever is so already stays as it is.

A backend of topology "ha" gets its agent and its keepalived, and is waited for
until it is primary or finds one. The backend that comes first finishes the
volume, which people prepare before. What is in the way is told before anything
is changed.`,
		Example: "  " + name + " reconfigure",
		Args:    none,
		RunE:    func(c *cobra.Command, _ []string) error { return a.reconfigureHost(c.Context()) },
	}
	c.Flags().Bool("accept-license", false, "accepted for scripts")
	return c
}

func (a *app) reconfigureHost(ctx context.Context) error {
	if err := a.needRoot(); err != nil {
		return err
	}
	c, err := a.loadConfig("")
	if err != nil {
		return err
	}
	if problems := c.CheckFiles(); len(problems) > 0 {
		return config.Problems(problems)
	}
	host, err := a.host()
	if err != nil {
		return err
	}
	if err := host.EnsureConfigFile(); err != nil {
		return err
	}
	out, err := host.Apply(ctx, c)
	if err != nil {
		return notSetUp(err)
	}
	if out.Changes == 0 && out.Pending == "" {
		a.print("Nothing to change.")
	}
	if err := a.serves(ctx, c, &out); err != nil {
		return err
	}
	a.print("Chef Server Reconfigured!")
	return nil
}

// host is this one, to be set up.
func (a *app) host() (*setup.Host, error) {
	here, err := a.Host()
	if err != nil {
		return nil, err
	}
	return &setup.Host{
		Root: a.Prefix, Addresses: here.Addresses, Units: a.Units, Storage: a.Storage, Patience: settleTime,
		Tell: func(change string) { a.print("  - %s", change) },
		Note: func(text string) { a.note("%s", text) },
	}, nil
}

// settleTime is how long a backend may take to become primary, or to find one.
const settleTime = 2 * time.Minute

// notSetUp words why a host could not be set up.
func notSetUp(err error) error {
	var unsettled *setup.NotSettledError
	switch {
	case errors.Is(err, setup.ErrNoSecrets), errors.Is(err, setup.ErrLostSecrets):
		return &failure{code: exitSecrets, text: "FATAL: " + sentence(err)}
	case errors.Is(err, setup.ErrNotInstalled):
		return fail("ERROR: %s", sentence(err))
	case errors.As(err, &unsettled):
		return fail("ERROR: %v", unsettled)
	}
	return unitFailure(err)
}

// serves waits until the server of this host serves, or tells of a backend what
// its agent says.
func (a *app) serves(ctx context.Context, c *config.Config, out *setup.Outcome) error {
	switch backend := out.Backend; {
	case backend == nil:
		return a.awaitReady(ctx, c)
	case backend.State == "primary":
		a.print("This backend is primary: it has %s and %s.", backend.Volume.ID, backend.VIP.Address)
	case backend.Peer.State == "primary":
		a.print("This backend is standby: %s is primary.", backend.Peer.Name)
	default:
		a.print("This backend is standby: %s.", backend.Reason)
	}
	if out.Pending != "" {
		a.note("WARN: %s", out.Pending)
	}
	return nil
}

// startTime is how long a server may take to serve: it may have a database to
// migrate.
const startTime = time.Minute

// awaitReady waits until the installed server serves.
func (a *app) awaitReady(ctx context.Context, c *config.Config) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		err := a.ready(ctx)
		if err == nil {
			return nil
		}
		state, stateErr := a.Units.State(ctx, setup.Unit)
		if stateErr == nil && state.Failed {
			return fail("%s was started and ended: see %s tail", service, name)
		}
		select {
		case <-ctx.Done():
			return fail("%s runs, but does not serve: %v. See %s tail%s", service, err, name, waitsFor(c))
		case <-time.After(pause):
		}
	}
}

// waitsFor is what a frontend needs of others.
func waitsFor(c *config.Config) string {
	if c.Topology != config.HA {
		return ""
	}
	return fmt.Sprintf("\nIt goes on trying. Is a backend primary (`%s ha-status` there), and may this host reach %s:%d?", name, c.Database.Host, c.Database.Port)
}

// ready fails unless the installed server serves.
func (a *app) ready(ctx context.Context) error {
	// Not by its lock: taking that could keep the server from starting.
	server, err := datadir.ReadServer(a.path(systemData))
	if err != nil {
		return err
	}
	client, err := clientOf(server)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	return ask(ctx, client, server, "/_tournant/ready")
}
