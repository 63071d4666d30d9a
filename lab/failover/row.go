package failover

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"tournant/internal/ha/control"
	"tournant/lab/cluster"
	"tournant/lab/fakeec2"
)

// A Row is one thing that goes wrong, by the name under which it is recorded.
type Row struct {
	Name string
	// Moves says that the other backend has to take over. Otherwise it may.
	Moves bool
	// Hurt does it to the primary.
	Hurt func(context.Context, *cluster.Cluster, string) error
	// Lasts is how long at least until Heal, where what was hurt goes on serving.
	Lasts time.Duration
	// Heal undoes it, once somebody serves.
	Heal func(context.Context, *cluster.Cluster, string) error
}

// planned is the one row in which nothing breaks.
const planned = "planned"

// Rows are those of the fault table that need no more than a primary, its peer
// and EC2.
func Rows() []Row {
	return []Row{
		{
			Name: planned, Moves: true, Heal: nothing,
			Hurt: func(ctx context.Context, k *cluster.Cluster, primary string) error {
				return k.Ask(ctx, primary, control.Failover)
			},
		},
		{Name: "power-cut", Moves: true, Hurt: powerCut, Heal: powerOn},
		{Name: "freeze-thaw", Moves: true, Hurt: freeze, Heal: thaw},
		{Name: "agent-killed", Hurt: kill(cluster.Agent), Heal: nothing},
		{Name: "agent-stopped", Hurt: signal(cluster.Agent, syscall.SIGSTOP), Lasts: 8 * time.Second, Heal: nothing},
		{Name: "keepalived-killed", Hurt: kill(cluster.Keepalived), Lasts: 5 * time.Second, Heal: nothing},
		{Name: "postgres-killed", Hurt: kill(cluster.PostgreSQL), Heal: nothing},
		{
			Name: "partition", Lasts: 12 * time.Second, Heal: join,
			Hurt: func(_ context.Context, k *cluster.Cluster, primary string) error {
				return k.Network.Part(primary, cluster.Peer(primary))
			},
		},
		{
			Name: "isolated", Moves: true, Hurt: isolate, Heal: join,
		},
		{
			Name: "deaf", Lasts: 12 * time.Second, Heal: join,
			Hurt: func(_ context.Context, k *cluster.Cluster, primary string) error {
				return k.Network.Cut(primary, cluster.Peer(primary))
			},
		},
		{
			Name: "detach-stuck", Moves: true, Heal: powerOn,
			Hurt: func(ctx context.Context, k *cluster.Cluster, primary string) error {
				return errors.Join(k.EC2.Inject(fakeec2.Fault{Name: fakeec2.FaultDetachStuck}), powerCut(ctx, k, primary))
			},
		},
		{Name: "ec2-down", Hurt: ec2Down, Lasts: 12 * time.Second, Heal: ec2Up},
		{Name: "io-error", Moves: true, Hurt: ioError, Heal: ec2Up},
		{Name: "postgres-killed-alone", Moves: true, Hurt: killAlone, Heal: ec2Up},
		{Name: "fence-flushed", Hurt: flushFences, Lasts: 8 * time.Second, Heal: nothing},
	}
}

// Find is the row of a name.
func Find(name string) (Row, error) {
	for _, r := range Rows() {
		if r.Name == name {
			return r, nil
		}
	}
	return Row{}, fmt.Errorf("failover: no row is called %q", name)
}

func nothing(context.Context, *cluster.Cluster, string) error { return nil }

func powerCut(ctx context.Context, k *cluster.Cluster, primary string) error {
	return k.PowerCut(ctx, primary)
}

func powerOn(ctx context.Context, k *cluster.Cluster, hurt string) error {
	k.EC2.Heal("", "")
	return k.PowerOn(ctx, hurt)
}

func freeze(ctx context.Context, k *cluster.Cluster, primary string) error {
	return k.Machine(primary).Freeze(ctx)
}

func thaw(ctx context.Context, k *cluster.Cluster, hurt string) error {
	return k.Machine(hurt).Thaw(ctx)
}

func signal(service string, s syscall.Signal) func(context.Context, *cluster.Cluster, string) error {
	return func(ctx context.Context, k *cluster.Cluster, primary string) error {
		return k.Signal(ctx, primary, service, s)
	}
}

func kill(service string) func(context.Context, *cluster.Cluster, string) error {
	return signal(service, syscall.SIGKILL)
}

// isolate leaves the primary nobody but EC2.
func isolate(_ context.Context, k *cluster.Cluster, primary string) error {
	errs := []error{k.Network.Part(primary, cluster.Peer(primary)), k.Network.Part(primary, cluster.Client)}
	for _, name := range k.Frontends() {
		errs = append(errs, k.Network.Part(primary, name))
	}
	return errors.Join(errs...)
}

func join(_ context.Context, k *cluster.Cluster, _ string) error { return k.Network.HealAll() }

func ec2Down(_ context.Context, k *cluster.Cluster, _ string) error {
	return k.EC2.Inject(fakeec2.Fault{Name: fakeec2.FaultDown, Mode: "refuse"})
}

func ioError(ctx context.Context, k *cluster.Cluster, primary string) error {
	return k.Fault(ctx, "io-error", primary)
}

func ec2Up(_ context.Context, k *cluster.Cluster, _ string) error {
	k.EC2.Heal("", "")
	return nil
}
