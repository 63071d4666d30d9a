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
func (k *Cluster) agent(name string) *control.Client {
	return control.NewClient(k.config.at(name, "opscode", "ha", "control.sock"))
}

// Status is what a backend's agent says of it.
func (k *Cluster) Status(ctx context.Context, name string) (*control.Status, error) {
	return k.agent(name).Status(ctx)
}

// Ask is what an operator on a backend does with chef-server-ctl.
func (k *Cluster) Ask(ctx context.Context, name string, r control.Request) error {
	return k.agent(name).Ask(ctx, r)
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
		last = err
		if err == nil {
			last = fmt.Errorf("it is %s: %s", s.State, s.Reason)
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

// PowerCut ends a host as a power cut does: nothing that was not written before
// is written, and nobody hears that connections are gone.
func (k *Cluster) PowerCut(ctx context.Context, name string) error {
	k.mu.Lock()
	k.cuts[name] = append(k.cuts[name], time.Now())
	k.mu.Unlock()
	return errors.Join(k.EC2.PowerCut(name), k.machines[name].PowerOff(ctx))
}

// PowerOn boots a host again.
func (k *Cluster) PowerOn(ctx context.Context, name string) error {
	if err := k.EC2.PowerOn(name); err != nil {
		return err
	}
	return k.machines[name].Boot(ctx)
}

// SuperuserKey is the one that the server left on the volume.
func (k *Cluster) SuperuserKey(ctx context.Context, primary string) ([]byte, error) {
	pem, err := k.machines[primary].Command(ctx, "cat", "/var/opt/opscode/drbd/data/tournant/pivotal.pem").Output()
	if err != nil {
		return nil, fmt.Errorf("cluster: the superuser's key: %w", err)
	}
	return pem, nil
}

// Frontends are their names.
func (k *Cluster) Frontends() []string {
	var names []string
	for _, h := range k.config.instances() {
		if h.role == frontend {
			names = append(names, h.name)
		}
	}
	return names
}

// Address is a host's own.
func (k *Cluster) Address(name string) netip.Addr {
	for _, h := range k.config.instances() {
		if h.name == name {
			return h.address
		}
	}
	return netip.Addr{}
}
