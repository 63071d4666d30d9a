package failover

import (
	"context"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/fakeec2"
)

// ec2Rows are of an EC2 that does not do what it is asked.
func ec2Rows() []Row {
	cut := fault("power-cut")
	return []Row{
		{Name: "detach-stuck", Moves: true, Unfailing: true, Hurt: then(everywhere("detach-stuck"), cut), Heal: heal},
		// It is given up after 90 s, and asked for under another name.
		{Name: "attach-stuck", Moves: true, Hurt: then(inject(fakeec2.Fault{Name: fakeec2.FaultAttachStuck, Count: 1}), cut), Heal: heal},
		{Name: "ec2-down", Stays: true, Unfailing: true, Lasts: 12 * time.Second, Hurt: everywhere("ec2-down"), Heal: heal},
		{Name: "ec2-down-takeover", Silent: true, Unfailing: true, Lasts: 15 * time.Second, Hurt: then(ofPeer("ec2-down"), cut), Heal: heal},
		{
			Name: "throttled", Moves: true, Unfailing: true, Heal: heal,
			Hurt: then(inject(fakeec2.Fault{Name: fakeec2.FaultThrottle, For: fakeec2.Duration(10 * time.Second)}), cut),
		},
		{Name: "revoked", Stays: true, Unfailing: true, Lasts: 15 * time.Second, Hurt: inject(fakeec2.Fault{Name: fakeec2.FaultRevoked, Action: cluster.AccessKey}), Heal: heal},
		{Name: "stale", Moves: true, Unfailing: true, Hurt: then(inject(fakeec2.Fault{Name: fakeec2.FaultStale, Delay: fakeec2.Duration(10 * time.Second)}), cut), Heal: heal},
		{Name: "clock-jump", Moves: true, Unfailing: true, Hurt: then(everywhere("clock-jump"), cut), Heal: heal},
	}
}

func inject(f fakeec2.Fault) deed {
	return func(_ context.Context, k *cluster.Cluster, _ string) error { return k.EC2.Inject(f) }
}
