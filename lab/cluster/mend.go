package cluster

import (
	"context"
	"errors"
	"fmt"

	"tournant/lab/fakeec2"
)

// Mend undoes one fault of a host, as Fault made it, and leaves whatever else is
// wrong. What is over by itself is no error.
func (k *Cluster) Mend(ctx context.Context, name, host string) error {
	switch name {
	case "power-cut", "halt":
		if m := k.machines[host]; m == nil || m.On() {
			return nil
		}
		return k.PowerOn(ctx, host)
	case "freeze":
		return k.machines[host].Thaw(ctx)
	case "stop-agent":
		return k.resume(k.machines[host])
	case "partition":
		return k.joinBackends(host)
	case "deaf":
		return k.Network.Heal(Peer(host), host)
	case "isolate":
		errs := []error{k.Network.Join(host, Client)}
		for _, h := range k.config.Instances() {
			if h.Name != host {
				errs = append(errs, k.Network.Join(host, h.Name))
			}
		}
		return errors.Join(errs...)
	case "io-stall", "io-error", "detach-stuck", "attach-stuck", "ec2-down", "ec2-throttle":
		k.EC2.Heal(fakeec2.FaultName(name), host)
		return nil
	case "disk-full":
		if !k.holds(host) {
			return nil
		}
		return k.script(ctx, host, empty)
	case "clock-jump":
		if k.jumped.CompareAndSwap(true, false) {
			k.Age(-jump)
		}
		return nil
	}
	for _, f := range Faults() {
		if f.Name == name {
			return nil
		}
	}
	return fmt.Errorf("no fault is called %q", name)
}

// joinBackends lets a host hear the backends again.
func (k *Cluster) joinBackends(host string) error {
	if k.role(host) == Backend {
		return k.Network.Join(host, Peer(host))
	}
	return errors.Join(k.Network.Join(host, Backends[0]), k.Network.Join(host, Backends[1]))
}
