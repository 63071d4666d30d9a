package failover

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tournant/internal/signing"
	"tournant/lab/cluster"
	"tournant/lab/load"
	"tournant/lab/volume"
)

// A Founding is a volume with the database of a server on it, which trials
// begin with a copy of.
type Founding struct {
	Volume    string
	Superuser *signing.Signer
	// Hosts are those that the trials have.
	Hosts cluster.Hosts
}

// Found makes one in a directory: the backends start on an empty volume, which
// the first of them founds, and let go of it in order. o.Cluster.Volume counts
// for nothing.
func Found(ctx context.Context, o Options, dir string) (_ *Founding, err error) {
	f := &Founding{Volume: filepath.Join(dir, "volume.img"), Hosts: o.Cluster.Hosts}
	if err := errors.Join(volume.Sweep(dir), os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return nil, err
	}
	o.Cluster.Volume, o.Cluster.Frontends = filepath.Join(dir, "empty.img"), 0
	if err := cluster.Prepare(ctx, filepath.Join(dir, "prepare"), o.Cluster.Volume); err != nil {
		return nil, err
	}
	t := &trial{Options: o}
	if t.Cluster, err = cluster.Open(ctx, o.Cluster); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Close(context.WithoutCancel(ctx))) }()
	if err := t.found(ctx, f); err != nil {
		return nil, fmt.Errorf("failover: found the server: %w", err)
	}
	return f, nil
}

func (t *trial) found(ctx context.Context, f *Founding) error {
	ctx, cancel := t.within(ctx)
	defer cancel()
	if err := t.Boot(ctx); err != nil {
		return err
	}
	primary, err := t.settled(ctx)
	if err != nil {
		return err
	}
	if f.Superuser, err = t.superuser(ctx, primary); err != nil {
		return err
	}
	if err := t.prepareLoad(ctx, f.Superuser); err != nil {
		return err
	}
	// The standby would take over.
	if err := t.Machine(cluster.Peer(primary)).PowerOff(ctx); err != nil {
		return err
	}
	if err := t.Machine(primary).Stop(ctx, cluster.Agent); err != nil {
		return err
	}
	return t.keepVolume(ctx, f)
}

// loadOf is what the clients do.
func (t *trial) loadOf(superuser *signing.Signer) load.Options {
	return load.Options{Routes: t.routes(), Signer: superuser, Org: "life", Seed: t.Options.Cluster.Seed, Pace: t.Pace, Patience: 75 * time.Second}
}

// prepareLoad makes what the clients need, as soon as somebody serves them.
func (t *trial) prepareLoad(ctx context.Context, superuser *signing.Signer) error {
	t.load = t.loadOf(superuser)
	for {
		err := load.Prepare(ctx, t.load)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w: %w", ErrUnserved, ctx.Err(), err)
		}
	}
}
