package storm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/failover"
	"tournant/lab/fakeec2"
)

// fault is one of cluster.Faults, and mend undoes it.
func fault(name string) deed {
	return func(ctx context.Context, k *cluster.Cluster, host string) error { return k.Fault(ctx, name, host) }
}

func mend(name string) deed {
	return func(ctx context.Context, k *cluster.Cluster, host string) error { return k.Mend(ctx, name, host) }
}

// row is what a row of the fault table does to a primary, and healed what undoes it.
func row(name string) deed {
	return func(ctx context.Context, k *cluster.Cluster, host string) error {
		r, err := failover.Find(name)
		if err != nil {
			return err
		}
		return r.Hurt(ctx, k, host)
	}
}

func healed(name string) deed {
	return func(ctx context.Context, k *cluster.Cluster, host string) error {
		r, err := failover.Find(name)
		if err != nil {
			return err
		}
		return r.Heal(ctx, k, host)
	}
}

// ofPeer does to a host what a row does to the peer of its primary.
func ofPeer(do deed) deed {
	return func(ctx context.Context, k *cluster.Cluster, host string) error {
		return do(ctx, k, cluster.Peer(host))
	}
}

// parted parts the backends, or joins them.
func parted(on bool) deed {
	return func(ctx context.Context, k *cluster.Cluster, _ string) error {
		if on {
			return k.Fault(ctx, "partition", cluster.Backends[0])
		}
		return k.Mend(ctx, "partition", cluster.Backends[0])
	}
}

// flap parts the backends and joins them again, over and over.
func flap(ctx context.Context, k *cluster.Cluster, host string) error {
	for range 4 {
		if err := errors.Join(parted(true)(ctx, k, host), sleep(ctx, 4*time.Second), parted(false)(ctx, k, host), sleep(ctx, 3*time.Second)); err != nil {
			return err
		}
	}
	return nil
}

// ofLease is within what the fence has to be back: a lease that ends without it lets
// everything out.
const ofLease = 3 * time.Second

func flushFence(ctx context.Context, k *cluster.Cluster, host string) error {
	within, cancel := context.WithTimeout(ctx, ofLease)
	defer cancel()
	if err := k.Fault(ctx, "fence-flushed", host); err != nil {
		return err
	}
	if err := k.AwaitFence(within, host); err != nil {
		return fmt.Errorf("%w: %w", failover.ErrUnfenced, err)
	}
	return nil
}

// stale lets Describe answer with what was up to ten seconds ago.
func stale(_ context.Context, k *cluster.Cluster, _ string) error {
	return k.EC2.Inject(fakeec2.Fault{Name: fakeec2.FaultStale, Delay: fakeec2.Duration(10 * time.Second)})
}

// healEC2 undoes stale answers and revoked keys.
func healEC2(_ context.Context, k *cluster.Cluster, _ string) error {
	k.EC2.Heal(fakeec2.FaultStale, "")
	k.EC2.Heal(fakeec2.FaultRevoked, "")
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
