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
	hosts := []string{primary, cluster.Peer(primary)}
	flushed := map[string]time.Time{}
	for _, host := range hosts {
		if err := k.Fault(ctx, "fence-flushed", host); err != nil {
			return err
		}
		flushed[host] = time.Now()
	}
	var errs []error
	for _, host := range hosts {
		within, cancel := context.WithDeadline(ctx, flushed[host].Add(lease))
		errs = append(errs, k.AwaitFence(within, host))
		cancel()
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", ErrUnfenced, err)
	}
	return k.Signal(ctx, primary, cluster.Agent, syscall.SIGSTOP)
}
