package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"tournant/internal/ha/control"
)

// Boot switches every host on.
func (k *Cluster) Boot(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, m := range k.machines {
		g.Go(func() error { return m.Boot(ctx) })
	}
	return g.Wait()
}

// agent talks to a backend's.
func (k *Cluster) agent(name string) (*control.Client, error) {
	socket, err := k.machines[name].Path(state + "/ha/control.sock")
	if err != nil {
		return nil, err
	}
	return control.NewClient(socket), nil
}

// Status is what a backend's agent says of it.
func (k *Cluster) Status(ctx context.Context, name string) (*control.Status, error) {
	agent, err := k.agent(name)
	if err != nil {
		return nil, err
	}
	return agent.Status(ctx)
}

// Ask is what an operator on a backend does with chef-server-ctl.
func (k *Cluster) Ask(ctx context.Context, name string, r control.Request) error {
	agent, err := k.agent(name)
	if err != nil {
		return err
	}
	return agent.Ask(ctx, r)
}

// often is how often the hosts are looked at while something is waited for.
const often = 20 * time.Millisecond

// Await waits until a backend is as it should be.
func (k *Cluster) Await(ctx context.Context, name, what string, is func(*control.Status) bool) error {
	var last error
	for {
		s, err := k.Status(ctx, name)
		if err == nil && is(s) {
			return nil
		}
		switch {
		case err == nil:
			last = fmt.Errorf("it is %s: %s; its peer is reachable: %t, keepalived: %s", s.State, s.Reason, s.Peer.Reachable, s.Keepalived.State)
		case ctx.Err() == nil: // else it is the end of the wait
			last = err
		}
		select {
		case <-time.After(often):
		case <-ctx.Done():
			return fmt.Errorf("cluster: %s is not %s: %w", name, what, errors.Join(ctx.Err(), last))
		}
	}
}

// Primary waits until one backend serves, and names it.
func (k *Cluster) Primary(ctx context.Context) (string, error) {
	for {
		for _, name := range Backends {
			s, err := k.Status(ctx, name)
			if err == nil && s.State == "primary" && s.Lease.Valid {
				return name, nil
			}
		}
		select {
		case <-time.After(often):
		case <-ctx.Done():
			return "", fmt.Errorf("cluster: no backend is primary: %w", ctx.Err())
		}
	}
}

// AwaitStandby waits until a backend is standby and knows of a primary.
func (k *Cluster) AwaitStandby(ctx context.Context, name string) error {
	return k.Await(ctx, name, "standby", func(s *control.Status) bool {
		return s.State == "standby" && s.Peer.Reachable && s.Keepalived.State == "backup"
	})
}

// Age lets EC2's clock jump, so that what was attached just now was attached
// that long ago.
func (k *Cluster) Age(d time.Duration) { k.clock.ahead.Add(int64(d)) }

// Ahead is how far EC2's clock is ahead of everybody's.
func (k *Cluster) Ahead() time.Duration { return time.Duration(k.clock.ahead.Load()) }

// SuperuserKey is the one that the server left on the volume.
func (k *Cluster) SuperuserKey(ctx context.Context, primary string) ([]byte, error) {
	c, err := k.machines[primary].Command(ctx, "cat", "/var/opt/opscode/drbd/data/tournant/pivotal.pem")
	if err != nil {
		return nil, fmt.Errorf("cluster: the superuser's key: %w", err)
	}
	pem, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("cluster: the superuser's key: %w", err)
	}
	return pem, nil
}

// Frontends are their names.
func (k *Cluster) Frontends() []string {
	var names []string
	for _, h := range k.config.Instances() {
		if h.Role == Frontend {
			names = append(names, h.Name)
		}
	}
	return names
}

// Address is a host's own.
func (k *Cluster) Address(name string) netip.Addr {
	for _, h := range k.config.Instances() {
		if h.Name == name {
			return h.Address
		}
	}
	return netip.Addr{}
}
