package ctl

import (
	"context"

	"github.com/spf13/cobra"

	"tournant/internal/systemd"
)

// verb is a command that does something to services.
type verb struct {
	name, short string
	do          func(m *systemd.Manager, ctx context.Context, unit string) error
	quiet       bool // it prints nothing, as a signal that was sent
}

var verbs = []verb{
	{"start", "Start services that are down", (*systemd.Manager).Start, false},
	{"stop", "Stop services, once they have finished what is in flight", (*systemd.Manager).Stop, false},
	{"restart", "Stop services and start them", (*systemd.Manager).Restart, false},
	{"graceful-kill", "Stop services, and kill those that do not end in 90 seconds", (*systemd.Manager).Stop, false},
	{"hup", "Send services a HUP: they read their certificates again", signal("HUP"), true},
	{"int", "Send services an INT: they stop", signal("INT"), true},
	{"term", "Send services a TERM: they stop", signal("TERM"), true},
	{"kill", "Send services a KILL: they end at once, and start again", signal("KILL"), true},
	{"usr1", "Send services a USR1", signal("USR1"), true},
	{"usr2", "Send services a USR2", signal("USR2"), true},
}

func signal(name string) func(*systemd.Manager, context.Context, string) error {
	return func(m *systemd.Manager, ctx context.Context, unit string) error { return m.Signal(ctx, unit, name) }
}

func (a *app) serviceCommands() []*cobra.Command {
	commands := make([]*cobra.Command, 0, len(verbs)+1)
	for _, v := range verbs {
		commands = append(commands, a.serviceCommand(v))
	}
	return append(commands, a.once())
}

func (a *app) serviceCommand(v verb) *cobra.Command {
	return &cobra.Command{
		Use:     v.name + " [SERVICE]",
		Short:   v.short,
		Example: "  " + name + " " + v.name,
		Args:    between(0, 1, ""),
		RunE: func(c *cobra.Command, args []string) error {
			services, err := named(args)
			if err != nil {
				return err
			}
			return a.toServices(c.Context(), v, services)
		},
	}
}

// toServices does one thing to each service and prints what became of it.
func (a *app) toServices(ctx context.Context, v verb, services []string) error {
	if _, err := a.units(ctx, services); err != nil {
		return err
	}
	for _, s := range services {
		if err := v.do(a.Units, ctx, unitOf(s)); err != nil {
			a.print("fail: %s", s)
			return unitFailure(err)
		}
	}
	if v.quiet {
		return nil
	}
	states, err := a.units(ctx, services)
	for i, s := range states {
		a.print("ok: %s", line(services[i], s))
	}
	return err
}

// once is what runit has and systemd has not.
func (a *app) once() *cobra.Command {
	return &cobra.Command{
		Use:     "once [SERVICE]",
		Short:   "Not with systemd: use start",
		Example: "  " + name + " once",
		Args:    between(0, 1, ""),
		RunE: func(*cobra.Command, []string) error {
			return fail("systemd cannot start a service that is not started again when it fails: use %s start.", name)
		},
	}
}

func (a *app) tail() *cobra.Command {
	return &cobra.Command{
		Use:     "tail [SERVICE]",
		Short:   "Show the logs of services as they come",
		Example: "  " + name + " tail",
		Args:    between(0, 1, ""),
		RunE: func(c *cobra.Command, args []string) error {
			services, err := named(args)
			if err != nil {
				return err
			}
			if _, err := a.units(c.Context(), services); err != nil {
				return err
			}
			units := make([]string, 0, len(services))
			for _, s := range services {
				units = append(units, unitOf(s))
			}
			return unitFailure(a.Units.Tail(c.Context(), a.Stdout, units...))
		},
	}
}
