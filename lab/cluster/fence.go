package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

func flushFence(ctx context.Context, k *Cluster, host string) error {
	return k.script(ctx, host, "nft flush ruleset")
}

// AwaitFence waits until a backend's kernel lets nothing leave from the VIP without
// a lease. It is asked from here: a command inside takes longer than a lease when the
// host has much to do.
func (k *Cluster) AwaitFence(ctx context.Context, host string) error {
	for {
		var missing error
		if err := k.Network.Do(host, func() error { missing = fenced(); return nil }); err != nil {
			return err
		}
		if missing == nil {
			return nil
		}
		select {
		case <-time.After(often):
		case <-ctx.Done():
			return fmt.Errorf("cluster: the fence of %s does not come back: %w", host, missing)
		}
	}
}

// fenced fails where a rule of the agent's fence is missing: each family has one for
// either half of the lease.
func fenced() error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	families := map[string]nftables.TableFamily{"ip": nftables.TableFamilyIPv4, "arp": nftables.TableFamilyARP}
	for name, family := range families {
		table := &nftables.Table{Name: "tournant_lease", Family: family}
		rules, err := c.GetRules(table, &nftables.Chain{Name: "out", Table: table})
		if err != nil {
			return fmt.Errorf("no fence in family %s: %w", name, err)
		}
		if n := drops(rules); n != 2 {
			return fmt.Errorf("the fence in family %s has %d of its 2 rules", name, n)
		}
	}
	return nil
}

// drops is how many of some rules end in a drop.
func drops(rules []*nftables.Rule) int {
	n := 0
	for _, r := range rules {
		for _, e := range r.Exprs {
			if v, ok := e.(*expr.Verdict); ok && v.Kind == expr.VerdictDrop {
				n++
			}
		}
	}
	return n
}
