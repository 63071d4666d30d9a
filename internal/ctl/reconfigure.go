package ctl

import (
	"context"
	"errors"
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
server that runs with them. Whatever is so already stays as it is.`,
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
	if err := a.Runnable(c); err != nil {
		return fail("ERROR: %v. Nothing was changed.", err)
	}
	if problems := c.CheckFiles(); len(problems) > 0 {
		return config.Problems(problems)
	}
	host := &setup.Host{
		Root: a.Prefix, Units: a.Units,
		Tell: func(change string) { a.print("  - %s", change) },
	}
	if err := host.EnsureConfigFile(); err != nil {
		return err
	}
	changes, err := host.Apply(ctx, c)
	if errors.Is(err, setup.ErrNoSecrets) {
		return &failure{code: exitSecrets, text: "FATAL: " + sentence(err)}
	}
	if errors.Is(err, setup.ErrNotInstalled) {
		return fail("ERROR: %s", sentence(err))
	}
	if err != nil {
		return unitFailure(err)
	}
	if changes == 0 {
		a.print("Nothing to change.")
	}
	if err := a.awaitReady(ctx); err != nil {
		return err
	}
	a.print("Chef Server Reconfigured!")
	return nil
}

// startTime is how long a server may take to serve: it may have a database to
// migrate.
const startTime = time.Minute

// awaitReady waits until the installed server serves.
func (a *app) awaitReady(ctx context.Context) error {
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
			return fail("%s runs, but does not serve: %v. See %s tail", service, err, name)
		case <-time.After(pause):
		}
	}
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
