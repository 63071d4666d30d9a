package ctl

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"tournant/internal/datadir"
)

func (a *app) status() *cobra.Command {
	return &cobra.Command{
		Use:   "status [SERVICE]",
		Short: "Tell whether the server runs",
		Long: `Tell whether the server runs, a line a service: 0 is returned if all do and are
well, 1 if one runs but is not well, 3 if one is down. On a standby of topology
"ha", PostgreSQL and the server have to be down; ha-status tells more.`,
		Example: "  " + name + " status --data ./data",
		Args:    between(0, 1, ""),
		RunE: func(c *cobra.Command, args []string) error {
			all := a.services()
			services, err := named(all, args)
			if err != nil {
				return err
			}
			if len(all) > 1 {
				return a.printBackend(c.Context(), services)
			}
			if a.managed(c.Context()) {
				return a.printUnits(c.Context(), services)
			}
			dir, err := a.data()
			if err != nil {
				return err
			}
			return a.printStatus(c.Context(), dir)
		},
	}
}

// statusTimeout bounds the question to a server that may hang.
const statusTimeout = 5 * time.Second

func (a *app) printStatus(ctx context.Context, dir string) error {
	server, err := runningServer(dir)
	if err != nil {
		return err
	}
	if server == nil {
		a.print("down: %s", service)
		return &failure{code: exitDown}
	}
	up := a.Now().Sub(server.StartedAt).Truncate(time.Second)
	a.print("run: %s: (pid %d) %ds", service, server.PID, int(up.Seconds()))
	return a.checkHealth(ctx, server)
}

// checkHealth fails unless the server says that it is well.
func (a *app) checkHealth(ctx context.Context, server *datadir.Server) error {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	client, err := clientOf(server)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	if err := ask(ctx, client, server, "/_status"); err != nil {
		return fail("%s is not well: %v", service, err)
	}
	return nil
}

// runningServer returns the server that holds the data directory, or nil.
func runningServer(dir string) (*datadir.Server, error) {
	lock, err := datadir.TakeLock(dir)
	if err == nil {
		return nil, lock.Release()
	}
	if !errors.Is(err, datadir.ErrInUse) {
		return nil, err
	}
	server, err := datadir.ReadServer(dir)
	if err != nil {
		return nil, fail("%s is in use by another command: %v", dir, err)
	}
	return server, nil
}
