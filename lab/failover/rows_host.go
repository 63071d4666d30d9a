package failover

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"tournant/internal/ha/control"
	"tournant/lab/cluster"
	"tournant/lab/fakeec2"
)

// planned is the one row in which nothing breaks.
const planned = "planned"

// quiet is longer than keepalived needs to find that it has the higher priority, which
// is how backends that came back used to take the volume from who served.
const quiet = 5 * time.Second

// hostRows are of whole hosts.
func hostRows() []Row {
	return []Row{
		{Name: planned, Moves: true, Unfailing: true, Takings: 1, Hurt: ask(control.Failover), Heal: nothing},
		{
			Name: "stop-keepalived", Moves: true, Unfailing: true, Takings: 1, Quiet: quiet,
			Hurt: ask(control.StopKeepalived), Heal: ask(control.StartKeepalived),
		},
		{Name: "power-cut", Moves: true, Unfailing: true, Takings: 1, Quiet: quiet, Hurt: fault("power-cut"), Heal: heal},
		{Name: "reset", Unfailing: true, Takings: 1, Quiet: quiet, Hurt: fault("reset"), Heal: nothing},
		{Name: "instance-stopped", Moves: true, Unfailing: true, Takings: 1, Quiet: quiet, Hurt: stopInstance, Heal: heal},
		{Name: "reboot", Moves: true, Unfailing: true, Takings: 1, Quiet: quiet, Hurt: fault("reboot"), Heal: nothing},
		{Name: "reboot-standby", Stays: true, Unfailing: true, Quiet: quiet, Hurt: ofPeer("reboot"), Heal: nothing},
		// While both are on their way down or up, either may have it.
		{Name: "reboot-both", Unfailing: true, Returns: true, Quiet: quiet, Hurt: rebootBoth, Heal: nothing},
		{Name: "freeze-thaw", Moves: true, Hurt: fault("freeze"), Heal: heal},
		{Name: "takeover-crash", Moves: true, Hurt: crashTakeover, Heal: heal},
		{
			Name: "frontend-killed", Stays: true, Unfailing: true, Hurts: "fe1", Frontends: 2, Lasts: 10 * time.Second, Heal: heal,
			Hurt: func(ctx context.Context, k *cluster.Cluster, _ string) error { return k.Fault(ctx, "power-cut", "fe1") },
		},
	}
}

func ask(r control.Request) deed {
	return func(ctx context.Context, k *cluster.Cluster, primary string) error { return k.Ask(ctx, primary, r) }
}

// stopInstance is what EC2 does when its host dies: the instance is stopped, and
// has the volume still.
func stopInstance(ctx context.Context, k *cluster.Cluster, primary string) error {
	if err := k.EC2.SetState(primary, fakeec2.Stopped); err != nil {
		return err
	}
	return k.Machine(primary).PowerOff(ctx)
}

func rebootBoth(ctx context.Context, k *cluster.Cluster, _ string) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, name := range cluster.Backends {
		g.Go(func() error { return k.Reboot(ctx, name) })
	}
	return g.Wait()
}

// crashTakeover cuts the power of the primary, and somewhere in its takeover that of
// the other as well, which boots at once.
func crashTakeover(ctx context.Context, k *cluster.Cluster, primary string) error {
	random := k.Random(27)
	return then(
		fault("power-cut"), wait(3*time.Second+time.Duration(random.Int64N(int64(7*time.Second)))), ofPeer("reset"),
	)(ctx, k, primary)
}
