package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"tournant/lab/fakeec2"
)

// powerCut is what PowerCut does; each function here is one of Faults.
func powerCut(ctx context.Context, k *Cluster, host string) error { return k.PowerCut(ctx, host) }

func reset(ctx context.Context, k *Cluster, host string) error {
	if err := k.PowerCut(ctx, host); err != nil {
		return err
	}
	return k.PowerOn(ctx, host)
}

func reboot(ctx context.Context, k *Cluster, host string) error { return k.Reboot(ctx, host) }
func halt(ctx context.Context, k *Cluster, host string) error   { return k.Halt(ctx, host) }

func freeze(ctx context.Context, k *Cluster, host string) error { return k.machines[host].Freeze(ctx) }
func thaw(ctx context.Context, k *Cluster, host string) error   { return k.machines[host].Thaw(ctx) }

func partition(_ context.Context, k *Cluster, host string) error {
	if k.role(host) == Backend {
		return k.Network.Part(host, Peer(host))
	}
	return errors.Join(k.Network.Part(host, Backends[0]), k.Network.Part(host, Backends[1]))
}

func deaf(_ context.Context, k *Cluster, host string) error {
	if k.role(host) != Backend {
		return fmt.Errorf("%s is no backend", host)
	}
	return k.Network.Cut(Peer(host), host)
}

func isolate(_ context.Context, k *Cluster, host string) error {
	errs := []error{k.Network.Part(host, Client)}
	for _, h := range k.config.Instances() {
		if h.Name != host {
			errs = append(errs, k.Network.Part(host, h.Name))
		}
	}
	return errors.Join(errs...)
}

func (k *Cluster) role(host string) string {
	for _, h := range k.config.Instances() {
		if h.Name == host {
			return h.Role
		}
	}
	return ""
}

// ec2Fault is one of EC2's or of the volume's.
func ec2Fault(name fakeec2.FaultName) func(context.Context, *Cluster, string) error {
	return func(_ context.Context, k *Cluster, host string) error {
		f := fakeec2.Fault{Name: name, Host: host}
		if name == fakeec2.FaultDown {
			f.Mode = "refuse"
		}
		return k.EC2.Inject(f)
	}
}

func stealVIP(_ context.Context, k *Cluster, host string) error {
	if host == "" {
		names := k.Frontends()
		if len(names) == 0 {
			return errors.New("no frontend is there to take the VIP: name a host")
		}
		host = names[0]
	}
	return k.EC2.Inject(fakeec2.Fault{Name: fakeec2.FaultVIPStolen, Host: host, Address: VIP})
}

func signalService(service string, signal syscall.Signal) func(context.Context, *Cluster, string) error {
	return func(ctx context.Context, k *Cluster, host string) error { return k.Signal(ctx, host, service, signal) }
}

func killService(service string) func(context.Context, *Cluster, string) error {
	return signalService(service, syscall.SIGKILL)
}

// data is where the volume is mounted, and filler begins the names of the files that
// fill it.
const (
	data   = state + "/drbd/data"
	filler = data + "/lab-filler"
)

// fill takes all blocks that are left, in pieces that get smaller.
const fill = `mountpoint -q ` + data + ` || { echo the volume is not mounted here; exit 1; }
n=0; for size in 64M 16M 4M 1M 64K 4K; do while fallocate -l $size ` + filler + `.$n 2>/dev/null; do n=$((n+1)); done; n=$((n+1)); done`

// empty undoes it where the volume is now.
const empty = `if mountpoint -q ` + data + `; then rm -f ` + filler + `.* && sync -f ` + data + `; fi`

func fillDisk(ctx context.Context, k *Cluster, host string) error { return k.script(ctx, host, fill) }

// script runs a shell's script on a host.
func (k *Cluster) script(ctx context.Context, host, script string) error {
	c, err := k.machines[host].Command(ctx, "sh", "-c", script)
	if err != nil {
		return err
	}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("cluster: on %s: %w: %s", host, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// jump is how far EC2's clock goes ahead: further than a signature may be old.
const jump = time.Hour

func jumpClock(_ context.Context, k *Cluster, host string) error {
	if host != "" {
		return fmt.Errorf("the clock of %s alone cannot jump: a time namespace has no CLOCK_REALTIME of its own; "+
			"without a host, EC2's clock goes an hour ahead of everybody's (a single host's clock is in internal/ha/sim)", host)
	}
	if k.jumped.CompareAndSwap(false, true) {
		k.Age(jump)
	}
	return nil
}

// Heal undoes every fault: who is off is switched on, who stands still goes on, and
// nothing is in anybody's way.
func (k *Cluster) Heal(ctx context.Context) error {
	k.EC2.Heal("", "")
	errs := []error{k.Network.HealAll()}
	if k.jumped.CompareAndSwap(true, false) {
		k.Age(-jump)
	}
	for _, h := range k.config.Instances() {
		errs = append(errs, k.healHost(ctx, h.Name))
	}
	return errors.Join(errs...)
}

func (k *Cluster) healHost(ctx context.Context, host string) error {
	m := k.machines[host]
	if !m.On() {
		return k.PowerOn(ctx, host)
	}
	err := errors.Join(m.Thaw(ctx), k.resume(m))
	if k.holds(host) {
		err = errors.Join(err, k.script(ctx, host, empty))
	}
	return err
}

// holds is whether EC2 has the volume attached to a host.
func (k *Cluster) holds(host string) bool {
	for _, v := range k.EC2.Status().Volumes {
		if v.ID == VolumeID && v.Host == host && v.Attachment == fakeec2.Attached {
			return true
		}
	}
	return false
}

// resume lets an agent that was stopped go on.
func (k *Cluster) resume(m Machine) error {
	pids, err := m.Processes(Agent)
	for _, pid := range pids {
		err = errors.Join(err, syscall.Kill(pid, syscall.SIGCONT))
	}
	return err
}
