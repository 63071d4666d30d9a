package failover

import (
	"context"
	"errors"
	"time"

	"tournant/lab/cluster"
)

// volumeRows are of the volume.
func volumeRows() []Row {
	return []Row{
		{Name: "io-stall", Moves: true, Hurt: fault("io-stall"), Heal: heal},
		{Name: "io-error", Moves: true, Hurt: fault("io-error"), Heal: heal},
		{Name: "disk-full", Silent: true, Takings: 0, Lasts: 15 * time.Second, Hurt: fault("disk-full"), Heal: heal},
		{Name: "torn-epoch", Hurt: tearEpoch, Heal: nothing},
	}
}

// tearEpoch switches both backends off in order, spoils the first copy of the epoch
// block, and switches them on.
func tearEpoch(ctx context.Context, k *cluster.Cluster, primary string) error {
	for _, name := range []string{cluster.Peer(primary), primary} {
		if err := k.Machine(name).Shutdown(ctx); err != nil {
			return err
		}
	}
	if err := k.TearEpoch(); err != nil {
		return err
	}
	return errors.Join(k.PowerOn(ctx, cluster.Peer(primary)), k.PowerOn(ctx, primary))
}
