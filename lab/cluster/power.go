package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tournant/lab/fakeec2"
)

// PowerCut ends a host as a power cut does: nothing that was not written before
// is written, and nobody hears that connections are gone.
func (k *Cluster) PowerCut(ctx context.Context, name string) error {
	k.mu.Lock()
	k.cuts[name] = append(k.cuts[name], time.Now())
	k.mu.Unlock()
	return errors.Join(k.EC2.PowerCut(name), k.machines[name].PowerOff(ctx))
}

// PowerOn boots a host again, also one that EC2 has stopped, with nothing in its
// network of what was there.
func (k *Cluster) PowerOn(ctx context.Context, name string) error {
	if err := errors.Join(k.Network.Renew(name), k.plugIn(name)); err != nil {
		return err
	}
	return k.machines[name].Boot(ctx)
}

// Reboot is what "reboot" does on a host: its system stops everything in order and
// begins anew, and what it still had of the volume it has again.
func (k *Cluster) Reboot(ctx context.Context, name string) error {
	m := k.machines[name]
	if err := m.Shutdown(ctx); err != nil {
		return fmt.Errorf("cluster: reboot %s: %w", name, err)
	}
	if err := errors.Join(k.EC2.Reboot(name), k.Network.Renew(name)); err != nil {
		return err
	}
	return m.Boot(ctx)
}

// Halt stops an instance by EC2: its system stops in order, and the volume and the
// addresses stay with what EC2 calls stopped.
func (k *Cluster) Halt(ctx context.Context, name string) error {
	return errors.Join(k.machines[name].Shutdown(ctx), k.EC2.SetState(name, fakeec2.Stopped))
}

// plugIn gives a host back what EC2 says that it has.
func (k *Cluster) plugIn(name string) error {
	for _, in := range k.EC2.Status().Instances {
		if in.Name == name && in.State == fakeec2.Stopped {
			return k.EC2.SetState(name, fakeec2.Running)
		}
	}
	return k.EC2.PowerOn(name)
}
