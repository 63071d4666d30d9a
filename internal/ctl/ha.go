package ctl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/hastatus"
)

// view is how this host sees its cluster.
func (a *app) view(c *config.Config) *hastatus.View {
	return &hastatus.View{Config: c, Agent: control.NewClient(a.path(control.Socket)), Units: a.Units, Disks: a.Storage}
}

// backend is this host as one of the two.
type backend struct {
	app   *app
	c     *config.Config
	agent *control.Client
	peer  config.Server
}

// backend refuses to work on any other host.
func (a *app) backend() (*backend, error) {
	c, err := a.readConfig("")
	if err != nil {
		return nil, err
	}
	switch {
	case c.Topology != config.HA:
		return nil, fail("This host has no part in topology \"ha\": there is no other to hand over to.")
	case c.Role != config.Backend:
		var names []string
		for _, b := range hastatus.Backends(c) {
			names = append(names, b.Name)
		}
		return nil, fail("This host is a frontend: run the command on a backend, %s.", strings.Join(names, " or "))
	}
	b := &backend{app: a, c: c, agent: control.NewClient(a.path(control.Socket))}
	b.peer, _ = hastatus.Peer(c)
	return b, nil
}

// isBackend tells whether this host is one, also while its configuration cannot
// be read: then by what an agent has left.
func (a *app) isBackend() bool {
	if a.dataFlag != "" || !a.Root {
		return false
	}
	c, err := a.readConfig("")
	if err != nil {
		_, err := os.Lstat(a.path(control.Socket))
		return !errors.Is(err, fs.ErrNotExist)
	}
	return c.Topology == config.HA && c.Role == config.Backend
}

// ask has the agent begin something.
func (b *backend) ask(ctx context.Context, r control.Request) error {
	err := b.agent.Ask(ctx, r)
	var refused *control.RefusedError
	if errors.As(err, &refused) {
		return &failure{code: 1, text: sentence(err), err: err}
	}
	return agentFailure(err)
}

// agentFailure words what keeps the agent from being asked.
func agentFailure(err error) error {
	if errors.Is(err, control.ErrNoAgent) {
		return fail("The HA agent does not run: start it with `%s start tournant-ha`; `%[1]s tail tournant-ha` shows why it ended.", name)
	}
	return err
}

// here and there are the documents of this host and of the other.
func (b *backend) here(ctx context.Context) (*control.Status, error) { return b.agent.Status(ctx) }

func (b *backend) there(ctx context.Context) (*control.Status, error) {
	return hastatus.Ask(ctx, b.c, b.peer)
}

// hindrance is why the other backend would not take over now, "" if it would.
func (b *backend) hindrance(ctx context.Context) string {
	s, err := b.there(ctx)
	switch {
	case err != nil:
		return err.Error()
	case s.Held:
		return fmt.Sprintf("%s was made backup by an operator: `%s start keepalived` there first", s.Host, name)
	case s.Maintenance:
		return fmt.Sprintf("%s is in maintenance: `%s ha-maintenance off` there first", s.Host, name)
	case s.Keepalived.State == "stopped":
		return fmt.Sprintf("keepalived is stopped on %s: `%s start keepalived` there first", s.Host, name)
	case s.State == "fenced":
		return fmt.Sprintf("%s is fenced: %s", s.Host, s.Reason)
	}
	for _, c := range s.Checks {
		if c.Name == "ec2" && !c.OK {
			return fmt.Sprintf("%s: %s %s", s.Host, c.Text, c.Reason)
		}
	}
	return ""
}

// look is between two looks at the agents while something is waited for.
const look = 100 * time.Millisecond

// await waits until this host is as wanted, telling what it is meanwhile.
func (b *backend) await(ctx context.Context, within time.Duration, is func(*control.Status) bool) (*control.Status, error) {
	p := b.app.stages()
	defer p.end()
	started := b.app.Now()
	for {
		s, err := b.here(ctx)
		switch {
		case err == nil && is(s):
			return s, nil
		case err == nil:
			p.stage(s.Host + ": " + s.Reason)
		}
		if b.app.Now().Sub(started) > within {
			if err != nil {
				return s, agentFailure(err)
			}
			return s, fail("%s is %s after %v: %s\nIt goes on by itself; `%s ha-status` says how far it is.", s.Host, s.State, within, s.Reason, name)
		}
		if err := pauseForLook(ctx); err != nil {
			return s, err
		}
	}
}

// pauseForLook waits until the next look. Whoever ends the command does not end what was begun.
func pauseForLook(ctx context.Context) error {
	select {
	case <-time.After(look):
		return nil
	case <-ctx.Done():
		return fail("\nNot waited for any longer: what was begun goes on. `%s ha-status` says how far it is.", name)
	}
}

// serves says that a backend answers from the VIP.
func serves(s *control.Status) bool { return s != nil && s.State == "primary" && s.Lease.Valid }

// holds says that a backend has, or is getting, what another could take over.
func holds(s *control.Status) bool { return s.State == "primary" || s.State == "promoting" }

// idle says that a backend has nothing of what moves.
func idle(s *control.Status) bool {
	return s.State == "standby" && !s.Volume.Mounted && s.Volume.Device == "" && !s.VIP.OnInterface
}
