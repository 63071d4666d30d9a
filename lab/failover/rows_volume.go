package failover

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tournant/lab/cluster"
)

// volumeRows are of the volume.
func volumeRows() []Row {
	return []Row{
		{Name: "io-stall", Moves: true, Unfailing: true, Hurt: fault("io-stall"), Heal: heal},
		{Name: "io-error", Moves: true, Unfailing: true, Hurt: fault("io-error"), Heal: heal},
		// Both give it back and try again, ever more seldom.
		{Name: "io-error-both", Silent: true, Returns: true, Lasts: 30 * time.Second, Hurt: then(ofPeer("io-error"), fault("io-error")), Heal: heal},
		{
			Name: "disk-full", Stays: true, Silent: true, Unfailing: true, Refused: http.StatusInsufficientStorage,
			Lasts: 15 * time.Second, Hurt: fault("disk-full"), Heal: heal,
		},
		// The standby has another's device where it would get the volume's.
		{Name: "other-volume", Moves: true, Unfailing: true, Copy: true, Hurt: then(copyToStandby, fault("power-cut")), Heal: heal},
		{Name: "torn-epoch", Unfailing: true, Hurt: tearEpoch, Heal: nothing},
	}
}

func copyToStandby(ctx context.Context, k *cluster.Cluster, primary string) error {
	return k.AttachCopy(ctx, cluster.Peer(primary))
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
