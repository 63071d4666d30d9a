package ctl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tournant/internal/hastatus"
	"tournant/internal/setup"
	"tournant/internal/systemd"
)

// service is the one that a server has: it does what the services of the
// original did.
const service = "tournant"

// partsOfOld are services of the original: scripts still name them.
var partsOfOld = []string{
	"bookshelf", "nginx", "oc_bifrost", "oc_id", "opscode-chef-mover", "opscode-erchef", "opscode-expander",
	"opscode-solr4", "elasticsearch", "opensearch", "postgresql", "rabbitmq", "redis_lb", "haproxy",
}

// onBackends are the services of a backend, in the order in which they start.
var onBackends = []string{"tournant-ha", "keepalived", "postgresql", service}

// services are those of this host.
func (a *app) services() []string {
	if a.isBackend() {
		return onBackends
	}
	return []string{service}
}

// named returns the services that a command names: all of them without a
// name.
func named(all, args []string) ([]string, error) {
	switch {
	case len(args) == 0:
		return all, nil
	case slices.Contains(all, args[0]):
		return args, nil
	case slices.Contains(partsOfOld, args[0]):
		return nil, fail("There is no service %s: it is part of %s here.", args[0], service)
	case slices.Contains(onBackends, args[0]):
		return nil, fail("There is no service %s: this host is no backend of topology \"ha\". Services: %s", args[0], strings.Join(all, ", "))
	}
	return nil, fail("There is no service %s. Services: %s", args[0], strings.Join(all, ", "))
}

// unitOf is the unit of a service.
func unitOf(service string) string {
	switch service {
	case "keepalived":
		return hastatus.UnitKeepalived
	case "postgresql":
		return hastatus.UnitPostgres
	}
	return service + ".service"
}

// managed tells whether the installed server is a unit of systemd, and the
// command is about it.
func (a *app) managed(ctx context.Context) bool {
	if a.dataFlag != "" || !a.Root || a.Units == nil {
		return false
	}
	state, err := a.Units.State(ctx, setup.Unit)
	return err == nil && state.Loaded
}

// units returns the states of services, or says what to do before there are
// any.
func (a *app) units(ctx context.Context, services []string) ([]systemd.State, error) {
	if err := a.needRoot(); err != nil {
		return nil, err
	}
	states := make([]systemd.State, 0, len(services))
	for _, s := range services {
		state, err := a.Units.State(ctx, unitOf(s))
		if err != nil {
			return nil, unitFailure(err)
		}
		if !state.Loaded {
			return nil, fail("There is no service %s: its package is not installed.", s)
		}
		states = append(states, state)
	}
	return states, nil
}

// unitFailure words what systemd refused.
func unitFailure(err error) error {
	var f *systemd.Failure
	switch {
	case errors.Is(err, systemd.ErrNotRunning):
		return fail("%s", sentence(err))
	case errors.As(err, &f):
		return fail("%s\nSee %s tail for what the service said.", strings.TrimSpace(err.Error()), name)
	}
	return err
}

// sentence is an error as it is told to people.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// line is the state of a service as the original's supervisor prints it.
func line(service string, s systemd.State) string {
	seconds := int(s.Since.Seconds())
	switch {
	case s.Active && s.Enabled:
		return fmt.Sprintf("run: %s: (pid %d) %ds", service, s.PID, seconds)
	case s.Active:
		return fmt.Sprintf("run: %s: (pid %d) %ds, normally down", service, s.PID, seconds)
	case s.Enabled:
		return fmt.Sprintf("down: %s: %ds, normally up", service, seconds)
	}
	return fmt.Sprintf("down: %s: %ds", service, seconds)
}
