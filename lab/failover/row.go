package failover

import (
	"context"
	"fmt"
	"time"

	"tournant/lab/cluster"
)

// A Row is one thing that goes wrong, by the name under which it is recorded.
type Row struct {
	Name string
	// Moves says that the other backend has to take over, Stays that it must not.
	// Otherwise it may.
	Moves, Stays bool
	// Silent says that nobody is served until Heal, or that it is right so.
	Silent bool
	// Unfailing says that no request through a frontend fails; but those through
	// Hurts may, which is the frontend that it befalls.
	Unfailing bool
	Hurts     string
	// Refused is the status that writes are answered with until Heal, while reads
	// are served, and which is no failure then.
	Refused int
	// Takings is how often the volume may be taken at most; 0 is any number. Where the
	// primary Stays it is not taken at all, nor by the primary again.
	Takings int
	// Returns says that the volume may come back to who had lost it.
	Returns bool
	// Frontends is how many it needs.
	Frontends int
	// Copy says that there is another volume, which nobody may write to.
	Copy bool
	// Hurt does it to the primary.
	Hurt deed
	// stages are after it, one after the other.
	stages []stage
	// from and to are the versions of an upgrade.
	from, to string
	// Lasts is how long at least until Heal, where what was hurt goes on serving.
	Lasts time.Duration
	// Heal undoes it, once somebody serves.
	Heal deed
	// Quiet is for how long all is looked at once it is well again, and nobody takes the
	// volume.
	Quiet time.Duration
}

// A deed is done to a cluster; the name is of who was primary when it was hurt.
type deed func(ctx context.Context, k *cluster.Cluster, primary string) error

// Rows are those of the fault table that a lab can make. DESIGN.md has which they
// are there, and who makes the others.
func Rows() []Row {
	var all []Row
	for _, some := range [][]Row{hostRows(), processRows(), networkRows(), ec2Rows(), volumeRows()} {
		all = append(all, some...)
	}
	return all
}

// Named are the rows that a change is tried with.
var Named = []string{planned, "power-cut", "reboot", "freeze-thaw", "agent-killed", "keepalived-killed", "postgres-killed", "partition"}

// Find is the row of a name.
func Find(name string) (Row, error) {
	for _, r := range Rows() {
		if r.Name == name {
			return r, nil
		}
	}
	return Row{}, fmt.Errorf("failover: no row is called %q", name)
}

func nothing(context.Context, *cluster.Cluster, string) error { return nil }

// fault is one of cluster.Faults, of the primary.
func fault(name string) deed {
	return func(ctx context.Context, k *cluster.Cluster, primary string) error {
		return k.Fault(ctx, name, primary)
	}
}

// ofPeer is one of the standby.
func ofPeer(name string) deed {
	return func(ctx context.Context, k *cluster.Cluster, primary string) error {
		return k.Fault(ctx, name, cluster.Peer(primary))
	}
}

// everywhere is one that befalls no host.
func everywhere(name string) deed {
	return func(ctx context.Context, k *cluster.Cluster, _ string) error { return k.Fault(ctx, name, "") }
}

// then does one after the other.
func then(deeds ...deed) deed {
	return func(ctx context.Context, k *cluster.Cluster, primary string) error {
		for _, do := range deeds {
			if err := do(ctx, k, primary); err != nil {
				return err
			}
		}
		return nil
	}
}

// wait is a pause between two.
func wait(d time.Duration) deed {
	return func(ctx context.Context, _ *cluster.Cluster, _ string) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// heal undoes all.
func heal(ctx context.Context, k *cluster.Cluster, _ string) error { return k.Heal(ctx) }
