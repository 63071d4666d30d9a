package failover

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"tournant/lab/cluster"
)

// flushFences takes the fence from both kernels. The agents put it back: each within
// what a lease lasts, since a lease that ends without it lets everything out.
// Then the primary's stands still, and nothing but the fence ends its lease.
func flushFences(ctx context.Context, k *cluster.Cluster, primary string) error {
	began := time.Now()
	var errs []error
	for _, host := range []string{primary, cluster.Peer(primary)} {
		errs = append(errs, k.Fault(ctx, "fence-flushed", host))
	}
	within, cancel := context.WithDeadline(ctx, began.Add(lease))
	defer cancel()
	for _, host := range []string{primary, cluster.Peer(primary)} {
		errs = append(errs, k.AwaitFence(within, host))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", ErrUnfenced, err)
	}
	return k.Signal(ctx, primary, cluster.Agent, syscall.SIGSTOP)
}
