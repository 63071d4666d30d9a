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
	quiet       bool   // it prints nothing, as a signal that was sent
	long        string // what it does on a backend
}

var verbs = []verb{
	{"start", "Start services that are down", (*systemd.Manager).Start, false, `Start services that are down.

On a backend of topology "ha", start keepalived lets this host take part again:
as standby, unless nobody is primary. PostgreSQL and the server are started by
tournant-ha alone, on the backend that has the volume.`},
	{"stop", "Stop services, once they have finished what is in flight", (*systemd.Manager).Stop, false, `Stop services, once they have finished what is in flight.

On a backend of topology "ha", stop keepalived hands over to the other, waits
until that one serves, and keeps this host out of what comes until
start keepalived.`},
	{"restart", "Stop services and start them", (*systemd.Manager).Restart, false, `Stop services and start them.

On a backend of topology "ha", restart keepalived hands over to the other, and
makes this host its standby. Without a name neither keepalived nor tournant-ha
is restarted, so that this is no failover.`},
	{"graceful-kill", "Stop services, and kill those that do not end in 90 seconds", (*systemd.Manager).Stop, false, `Stop services, and kill those that do not end in 90 seconds.

On a backend of topology "ha" it is the same as stop.`},
	{"hup", "Send services a HUP: they read their certificates again", signal("HUP"), true, ""},
	{"int", "Send services an INT: they stop", signal("INT"), true, ""},
	{"term", "Send services a TERM: they stop", signal("TERM"), true, ""},
	{"kill", "Send services a KILL: they end at once, and start again", signal("KILL"), true, ""},
	{"usr1", "Send services a USR1", signal("USR1"), true, ""},
	{"usr2", "Send services a USR2", signal("USR2"), true, ""},
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
	yes := false
	c := &cobra.Command{
		Use:     v.name + " [SERVICE]",
		Short:   v.short,
		Long:    v.long,
		Example: "  " + name + " " + v.name,
		Args:    between(0, 1, ""),
		RunE: func(c *cobra.Command, args []string) error {
			all := a.services()
			services, err := named(all, args)
			if err != nil {
				return err
			}
			if len(all) > 1 {
				return a.onBackend(c.Context(), v, args, yes)
			}
			return a.toServices(c.Context(), v, services)
		},
	}
	if v.long != "" {
		c.Example += "\n  " + name + " " + v.name + " keepalived"
		c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask before a backend lets go of what nobody would take")
	}
	return c
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
	return a.printOK(ctx, services)
}

// printOK prints what became of services.
func (a *app) printOK(ctx context.Context, services []string) error {
	states, err := a.units(ctx, services)
	if err != nil {
		return err
	}
	for i, name := range services {
		a.print("ok: %s", line(name, states[i]))
	}
	return nil
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
			services, err := named(a.services(), args)
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
