package ctl

import (
	"context"

	"github.com/spf13/cobra"

	"tournant/internal/datadir"
	"tournant/internal/systemd"
)

// journal is who keeps the logs: the original has a process for each service.
const journal = "systemd-journald.service"

// printUnits prints the line of each service, and fails if one is down or not
// well.
func (a *app) printUnits(ctx context.Context, services []string) error {
	states, err := a.printLines(ctx, services)
	if err != nil {
		return err
	}
	for _, s := range states {
		if !s.Active {
			return &failure{code: exitDown}
		}
	}
	return a.installedHealth(ctx)
}

// printLines prints the line of each service.
func (a *app) printLines(ctx context.Context, services []string) ([]systemd.State, error) {
	states, err := a.units(ctx, services)
	if err != nil {
		return nil, err
	}
	log, err := a.Units.State(ctx, journal)
	if err != nil {
		return nil, unitFailure(err)
	}
	log.Enabled = log.Active // it is static: neither enabled nor not
	for i, s := range states {
		a.print("%s; %s", line(services[i], s), line("log", log))
	}
	return states, nil
}

// installedHealth fails unless the installed server says that it is well. One
// that is just starting has not said where it is.
func (a *app) installedHealth(ctx context.Context) error {
	server, err := datadir.ReadServer(a.path(systemData))
	if err != nil {
		return fail("%s runs, but does not serve yet: see %s tail", service, name)
	}
	return a.checkHealth(ctx, server)
}

func (a *app) serviceList() *cobra.Command {
	return &cobra.Command{
		Use:     "service-list",
		Short:   "List the services; a * marks those that start with the host",
		Example: "  " + name + " service-list",
		Args:    none,
		RunE: func(c *cobra.Command, _ []string) error {
			services, err := named(a.services(), nil)
			if err != nil {
				return err
			}
			states, err := a.units(c.Context(), services)
			for i, s := range states {
				mark := ""
				if s.Enabled {
					mark = "*"
				}
				a.print("%s%s", services[i], mark)
			}
			return err
		},
	}
}
