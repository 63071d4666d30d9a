package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tournant/lab/fakeec2"
	"tournant/lab/network"
	"tournant/lab/volume"
)

// A Cluster is there until Close, its hosts off until Boot.
type Cluster struct {
	Network *network.Network
	EC2     *fakeec2.Server

	config   Config
	clock    clock
	jumped   atomic.Bool
	volume   *volume.Volume
	copied   *volume.Volume // nil without Config.Copy
	machines map[string]Machine
	lock     *os.File
	serving  *errgroup.Group
	stop     context.CancelFunc

	mu   sync.Mutex
	cuts map[string][]time.Time // of power, by host
}

// Open makes a cluster, after removing what an earlier one of the same Dir and
// Prefix has left behind.
func Open(ctx context.Context, c Config) (_ *Cluster, err error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	k := &Cluster{config: c, machines: map[string]Machine{}, cuts: map[string][]time.Time{}}
	if k.lock, err = lock(c.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.Close(context.WithoutCancel(ctx)))
		}
	}()
	if err := sweep(ctx, c); err != nil {
		return nil, fmt.Errorf("cluster: what an earlier one left cannot be removed: %w", err)
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, err
	}
	if err := k.openAWS(ctx); err != nil {
		return nil, err
	}
	if err := c.Hosts.Open(ctx, c); err != nil {
		return nil, err
	}
	return k, k.makeMachines()
}

// sweep removes all of an earlier cluster: processes, then what they held.
func sweep(ctx context.Context, c Config) error {
	return errors.Join(c.Hosts.Sweep(ctx, c.Dir), volume.Sweep(c.at("disk")), network.Sweep(c.Prefix), os.RemoveAll(c.Dir))
}

// openAWS makes the volume, the network and the endpoints.
func (k *Cluster) openAWS(ctx context.Context) error {
	if err := k.makeImage(ctx); err != nil {
		return fmt.Errorf("cluster: make the volume: %w", err)
	}
	var err error
	k.volume, err = volume.Open(volume.Config{ID: VolumeID, Image: k.Image(), Dir: k.config.at("disk"), Log: k.VolumeLog()})
	if err != nil {
		return err
	}
	disks := map[string]fakeec2.Disk{VolumeID: k.volume}
	if err := k.openCopy(ctx, disks); err != nil {
		return fmt.Errorf("cluster: make a copy of the volume: %w", err)
	}
	if k.Network, err = network.Up(k.config.network()); err != nil {
		return err
	}
	k.EC2, err = fakeec2.New(k.config.account(), fakeec2.Options{
		Clock: &k.clock, Network: k.Network, Disks: disks, Log: k.config.Log,
	})
	if err != nil {
		return err
	}
	return k.serve(ctx)
}

func (k *Cluster) serve(ctx context.Context) error {
	ctx, k.stop = context.WithCancel(context.WithoutCancel(ctx))
	k.serving, ctx = errgroup.WithContext(ctx)
	metadata, err := k.Network.Listen(awsHost, "tcp", network.Metadata.String()+":"+metadataAPI)
	if err != nil {
		return err
	}
	k.serving.Go(func() error { return k.EC2.ServeHandler(ctx, metadata, k.EC2.Metadata()) })
	k.serving.Go(func() error {
		return k.EC2.ServeAPI(ctx, func() (l net.Listener, err error) {
			return k.Network.Listen(awsHost, "tcp", fmt.Sprintf("%s:%d", subnet.Masked().Addr().Next(), apiPort))
		})
	})
	return nil
}

// VolumeLog is the file of every write to the volume.
func (k *Cluster) VolumeLog() string { return k.config.at("volume.jsonl") }

// Image is the file of the volume's bytes.
func (k *Cluster) Image() string { return k.config.at("volume.img") }

// Random is chance for one purpose, from the seed that makes EC2's times repeatable.
func (k *Cluster) Random(purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(k.config.Seed, purpose))
}

// makeImage copies the volume that the cluster begins with, or makes a new one.
func (k *Cluster) makeImage(ctx context.Context) error {
	if k.config.Volume == "" {
		return volume.Create(k.Image(), volumeSize)
	}
	return copySparse(ctx, k.config.Volume, k.Image())
}

func copySparse(ctx context.Context, from, to string) error {
	out, err := exec.CommandContext(ctx, "cp", "--sparse=always", from, to).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// Machine is a host's, or nil.
func (k *Cluster) Machine(name string) Machine { return k.machines[name] }

// The services of the hosts. A frontend has the server alone; on backends their
// agent runs it, and the database.
const (
	Agent      = "tournant-ha"
	Keepalived = "tournant-keepalived"
	PostgreSQL = "tournant-postgresql"
	Server     = "tournant"
)

func (k *Cluster) makeMachines() error {
	for _, h := range k.config.Instances() {
		p := Place{
			Host: h, Dir: k.config.at(h.Name), Network: k.Network.Path(h.Name),
			Inside: func(f func() error) error { return k.Network.Do(h.Name, f) },
		}
		if h.Role == Backend {
			p.Dev, p.Sys = k.volume.Dev(h.Name), k.volume.Sys(h.Name)
		}
		m, err := k.config.Hosts.New(p)
		if err != nil {
			return err
		}
		k.machines[h.Name] = m
	}
	return nil
}

// Close ends and removes everything but the logs.
func (k *Cluster) Close(ctx context.Context) error {
	var machines errgroup.Group
	for _, m := range k.machines {
		machines.Go(func() error { return m.Close(ctx) })
	}
	errs := []error{machines.Wait()}
	if k.stop != nil {
		k.stop()
		errs = append(errs, k.serving.Wait())
	}
	for _, v := range []*volume.Volume{k.volume, k.copied} {
		if v != nil {
			errs = append(errs, v.Close())
		}
	}
	if k.Network != nil {
		errs = append(errs, k.Network.Down())
	}
	return errors.Join(append(errs, k.lock.Close())...)
}
