package cluster

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"

	"tournant/lab/fakeec2"
)

// A Fault is something that goes wrong with a cluster until Heal, by the name that
// an operator of the lab gives it.
type Fault struct {
	Name string
	// About says what happens to a HOST.
	About string
	do    func(ctx context.Context, k *Cluster, host string) error
	// anywhere says that it does not need a host.
	anywhere bool
}

// Faults are all there are, in the order in which they are told.
func Faults() []Fault {
	return []Fault{
		{"power-cut", "HOST loses its power; heal switches it on", powerCut, false},
		{"reset", "HOST loses its power and boots at once", reset, false},
		{"reboot", "HOST reboots, in order", reboot, false},
		{"halt", "HOST is stopped by EC2", halt, false},
		{"freeze", "every process of HOST stands still; its kernel does not", freeze, false},
		{"thaw", "HOST goes on", thaw, false},
		{"partition", "a backend HOST and its peer do not hear each other; a frontend HOST hears no backend", partition, false},
		{"deaf", "a backend HOST does not hear its peer", deaf, false},
		{"isolate", "nobody but EC2 hears HOST, nor HOST anybody else", isolate, false},
		{"detach-stuck", "a plain detachment of the volume never ends", ec2Fault(fakeec2.FaultDetachStuck), true},
		{"attach-stuck", "attaching the volume never ends", ec2Fault(fakeec2.FaultAttachStuck), true},
		{"io-stall", "the I/O of HOST on the volume hangs", ec2Fault(fakeec2.FaultIOStall), false},
		{"io-error", "the I/O of HOST on the volume fails", ec2Fault(fakeec2.FaultIOError), false},
		{"ec2-down", "EC2 does not answer (HOST, or anybody)", ec2Fault(fakeec2.FaultDown), true},
		{"ec2-throttle", "EC2 answers RequestLimitExceeded (to HOST, or anybody)", ec2Fault(fakeec2.FaultThrottle), true},
		{"vip-stolen", "the interface of HOST (or a frontend's) takes the VIP at EC2", stealVIP, true},
		{"kill-postgres", "PostgreSQL of HOST is killed", killService(PostgreSQL), false},
		{"kill-agent", "the agent of HOST is killed", killService(Agent), false},
		{"kill-keepalived", "keepalived of HOST is killed", killService(Keepalived), false},
		{"stop-agent", "the agent of HOST stands still", signalService(Agent, syscall.SIGSTOP), false},
		{"fence-flushed", "somebody flushes the nftables of HOST, and the agent's fence with them", flushFence, false},
		{"disk-full", "the volume's filesystem, which HOST has, is full", fillDisk, false},
		{"clock-jump", "the clocks of all hosts are an hour behind EC2's; of one alone it cannot be made: all have one kernel", jumpClock, true},
	}
}

// Fault makes one happen. host may also be "primary" or "standby".
func (k *Cluster) Fault(ctx context.Context, name, host string) error {
	host, err := k.who(ctx, host)
	if err != nil {
		return err
	}
	var names []string
	for _, f := range Faults() {
		names = append(names, f.Name)
		if f.Name != name {
			continue
		}
		if host == "" && !f.anywhere {
			return fmt.Errorf("fault %s needs a host: %s", name, f.About)
		}
		return f.do(ctx, k, host)
	}
	return fmt.Errorf("no fault is called %q: there are %s", name, strings.Join(names, ", "))
}

// who is the host of a name, or in a role of the moment.
func (k *Cluster) who(ctx context.Context, host string) (string, error) {
	if host == "primary" || host == "standby" {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		primary, err := k.Primary(ctx)
		if err != nil || host == "primary" {
			return primary, err
		}
		return Peer(primary), nil
	}
	if host != "" && k.machines[host] == nil {
		return "", fmt.Errorf("no host is called %q", host)
	}
	return host, nil
}
