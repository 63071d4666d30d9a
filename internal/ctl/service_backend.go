package ctl

import (
	"context"
	"slices"

	"tournant/internal/ha/control"
)

// onBackend does something to the services of a backend, which its agent has a
// say in: it alone starts PostgreSQL and the server.
func (a *app) onBackend(ctx context.Context, v verb, args []string, yes bool) error {
	if v.quiet && len(args) > 0 {
		return a.toServices(ctx, v, args)
	}
	b, err := a.backend()
	switch {
	case err != nil:
		return err
	case len(args) == 0:
		return b.toAll(ctx, v)
	case args[0] == "keepalived":
		return b.toKeepalived(ctx, v, yes)
	case args[0] == "tournant-ha":
		return b.toAgent(ctx, v, yes)
	}
	return b.toOwned(ctx, v, args[0])
}

func (b *backend) toKeepalived(ctx context.Context, v verb, yes bool) error {
	if v.name != "start" {
		if err := b.stopKeepalived(ctx, yes); err != nil {
			return err
		}
	}
	if v.name == "start" || v.name == "restart" {
		if err := b.startKeepalived(ctx); err != nil {
			return err
		}
	}
	b.app.print("ok: %s", b.keepalivedLine(ctx))
	return nil
}

// toAgent asks before an agent ends that has what nobody would take: it hands
// over when it is stopped.
func (b *backend) toAgent(ctx context.Context, v verb, yes bool) error {
	if s, err := b.here(ctx); err == nil && v.name != "start" {
		if _, err := b.letGo(ctx, s, yes); err != nil {
			return err
		}
	}
	return b.app.toServices(ctx, v, []string{"tournant-ha"})
}

// toOwned does what does not come between the agent and a service of its own.
func (b *backend) toOwned(ctx context.Context, v verb, owned string) error {
	s, err := b.here(ctx)
	if err != nil && v.name != "stop" {
		return agentFailure(err)
	}
	stop := v.name == "stop" || v.name == "graceful-kill"
	switch serving := err == nil && s.State == "primary"; {
	case stop && serving:
		return fail("%s is primary: tournant-ha would start %s again. `%s stop keepalived` hands over and makes this host standby.", s.Host, owned, name)
	case stop, v.name == "restart" && serving && owned == service:
		return b.app.toServices(ctx, v, []string{owned})
	case v.name == "restart" && serving:
		return fail("%s is primary, and %s ends for a moment by a hand-over: `%s ha-failover`.", s.Host, owned, name)
	case s.Services[owned] == "running":
		return b.app.printOK(ctx, []string{owned})
	case s.State == "standby":
		return fail("%s is standby (%s): %s runs on the primary alone, or two would write to one volume. `%s ha-failover` makes this host primary.",
			s.Host, s.Reason, owned, name)
	}
	return fail("%s is %s (%s): tournant-ha starts %s itself. `%s ha-status` says what it waits for.", s.Host, s.State, s.Reason, owned, name)
}

// toAll is a command without a name. As in the original, it is no failover.
func (b *backend) toAll(ctx context.Context, v verb) error {
	s, err := b.here(ctx)
	switch {
	case err != nil && v.name == "start":
		if err := b.startAgent(ctx); err != nil {
			return err
		}
		return b.app.printOK(ctx, onBackends)
	case err != nil:
		return agentFailure(err)
	case v.name == "start":
		return b.app.printOK(ctx, onBackends)
	case idle(s):
		b.app.note("%s is standby: %s and postgresql do not run here, and keepalived and tournant-ha go on.", s.Host, service)
		return nil
	case v.name == "stop", v.name == "graceful-kill":
		return fail("%s is %s: say what to stop. `%s stop keepalived` hands over and makes this host standby; `%[3]s stop tournant-ha` does, and ends its agent.",
			s.Host, s.State, name)
	}
	return b.app.toServices(ctx, v, []string{service})
}

// printBackend is status on a backend: what is enabled has to run and, on the
// primary, what the agent starts.
func (a *app) printBackend(ctx context.Context, services []string) error {
	states, err := a.printLines(ctx, services)
	if err != nil {
		return err
	}
	s, err := control.NewClient(a.path(control.Socket)).Status(ctx)
	primary := err == nil && s.State == "primary"
	for i, state := range states {
		if owned := !slices.Contains(alwaysUp, services[i]); !state.Active && (!owned || primary) {
			return &failure{code: exitDown}
		}
	}
	return nil
}

// alwaysUp run on both backends.
var alwaysUp = []string{"tournant-ha", "keepalived"}
