package cluster

import (
	"context"
	"fmt"
	"time"
)

func flushFence(ctx context.Context, k *Cluster, host string) error {
	return k.script(ctx, host, "nft flush ruleset")
}

// fenced fails where a rule of the agent's fence is missing: each family has one
// for either half of the lease.
const fenced = `for family in ip arp; do
	test "$(nft list table $family tournant_lease 2>/dev/null | grep -c ' drop$')" = 2 || { echo "no fence in family $family"; exit 1; }
done`

// AwaitFence waits until a backend's kernel lets nothing leave from the VIP without
// a lease.
func (k *Cluster) AwaitFence(ctx context.Context, host string) error {
	for {
		err := k.script(ctx, host, fenced)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(often):
		case <-ctx.Done():
			return fmt.Errorf("cluster: the fence of %s does not come back: %w", host, err)
		}
	}
}
