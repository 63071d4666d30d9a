package failover

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tournant/lab/cluster"
)

// networkRows are of who hears whom.
func networkRows() []Row {
	const lasts = 12 * time.Second
	return []Row{
		{Name: "partition", Stays: true, Unfailing: true, Lasts: lasts, Hurt: fault("partition"), Heal: heal},
		{Name: "isolated", Moves: true, Unfailing: true, Takings: 1, Quiet: quiet, Hurt: fault("isolate"), Heal: heal},
		{Name: "deaf", Stays: true, Unfailing: true, Lasts: lasts, Hurt: ofPeer("deaf"), Heal: heal},
		{Name: "deaf-primary", Stays: true, Unfailing: true, Lasts: lasts, Hurt: fault("deaf"), Heal: heal},
		{Name: "flapping", Stays: true, Unfailing: true, Hurt: flap, Heal: heal},
		{Name: "fence-flushed", Lasts: 8 * time.Second, Hurt: flushFences, Heal: nothing},
		{Name: "vip-stolen", Stays: true, Unfailing: true, Hurt: everywhere("vip-stolen"), Frontends: 1, Lasts: 20 * time.Second, Heal: nothing},
		{Name: "vip-on-standby", Stays: true, Unfailing: true, Hurt: carryVIP, Lasts: 20 * time.Second, Heal: carriesNoVIP},
	}
}

// flap parts the backends and joins them again, over and over.
func flap(ctx context.Context, k *cluster.Cluster, primary string) error {
	for range 4 {
		if err := then(fault("partition"), wait(4*time.Second), heal, wait(3*time.Second))(ctx, k, primary); err != nil {
			return err
		}
	}
	return nil
}

// carryVIP puts the VIP on the standby's interface, as a tool of a distribution may
// that reads it in the metadata.
func carryVIP(ctx context.Context, k *cluster.Cluster, primary string) error {
	_, err := address(ctx, k, cluster.Peer(primary), "add", cluster.VIP.String()+"/32")
	return err
}

// carriesNoVIP finds it gone.
func carriesNoVIP(ctx context.Context, k *cluster.Cluster, primary string) error {
	out, err := address(ctx, k, cluster.Peer(primary), "show")
	if err == nil && strings.Contains(out, cluster.VIP.String()) {
		err = errors.New("the standby carries the VIP still")
	}
	return err
}

func address(ctx context.Context, k *cluster.Cluster, host, verb string, args ...string) (string, error) {
	c, err := k.Machine(host).Command(ctx, "ip", append([]string{"address", verb, "dev", cluster.Device}, args...)...)
	if err != nil {
		return "", err
	}
	out, err := c.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("ip address %s on %s: %w: %s", verb, host, err, out)
	}
	return string(out), err
}
