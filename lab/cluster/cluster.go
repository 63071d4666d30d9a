package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"tournant/internal/keepalived"
	"tournant/lab/fakeec2"
	"tournant/lab/machine"
	"tournant/lab/network"
	"tournant/lab/volume"
)

// A Cluster is there until Close, its hosts off until Boot.
type Cluster struct {
	Network *network.Network
	EC2     *fakeec2.Server

	config   Config
	clock    clock
	volume   *volume.Volume
	machines map[string]*machine.Machine
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
	k := &Cluster{config: c, machines: map[string]*machine.Machine{}, cuts: map[string][]time.Time{}}
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
	if err := c.configure(); err != nil {
		return nil, err
	}
	for _, h := range c.instances() {
		if k.machines[h.name], err = k.newMachine(h); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// lock keeps a second cluster out of the same directory, and is gone with the
// process.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("cluster: %s is in use: %w", dir, err), f.Close())
	}
	return f, nil
}

// sweep removes all of an earlier cluster: processes, then what they held.
func sweep(ctx context.Context, c Config) error {
	return errors.Join(machine.Sweep(ctx, c.Dir), volume.Sweep(c.at("disk")), network.Sweep(c.Prefix), os.RemoveAll(c.Dir))
}

// openAWS makes the volume, the network and the endpoints.
func (k *Cluster) openAWS(ctx context.Context) error {
	image := k.Image()
	if out, err := exec.CommandContext(ctx, "cp", "--sparse=always", k.config.Volume, image).CombinedOutput(); err != nil {
		return fmt.Errorf("cluster: copy the volume: %w: %s", err, out)
	}
	var err error
	k.volume, err = volume.Open(volume.Config{ID: volumeID, Image: image, Dir: k.config.at("disk"), Log: k.VolumeLog()})
	if err != nil {
		return err
	}
	if k.Network, err = network.Up(k.config.network()); err != nil {
		return err
	}
	k.EC2, err = fakeec2.New(k.config.account(), fakeec2.Options{
		Clock: &k.clock, Network: k.Network, Disks: map[string]fakeec2.Disk{volumeID: k.volume}, Log: k.config.Log,
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

// Machine is a host's.
func (k *Cluster) Machine(name string) *machine.Machine { return k.machines[name] }

// The units of the hosts.
const (
	Agent      = "tournant-ha"
	Keepalived = "tournant-keepalived"
	Frontend   = "tournant"
)

const (
	programs   = "/opt/tournant"
	serverFile = "/etc/opscode/chef-server.rb"
	state      = "/var/opt/opscode"
	runtime    = "/run/tournant-ha"
	services   = "/sys/fs/cgroup/services"
)

func (k *Cluster) newMachine(h host) (*machine.Machine, error) {
	dir := k.config.at(h.name)
	m := machine.Config{
		Name: h.name, Dir: dir,
		Inside: func(f func() error) error { return k.Network.Do(h.name, f) },
		Keep: map[string]string{
			programs:                 filepath.Dir(k.config.Program),
			filepath.Dir(serverFile): k.config.at("etc"),
			state:                    filepath.Join(dir, "opscode"),
			"/var/log/opscode":       filepath.Join(dir, "log"),
			"/etc/hosts":             k.config.at("etc", "hosts"),
			"/etc/resolv.conf":       k.config.at("etc", "resolv.conf"),
		},
	}
	for _, outside := range []string{m.Keep[state], m.Keep["/var/log/opscode"]} {
		if err := os.MkdirAll(outside, 0o755); err != nil {
			return nil, err
		}
	}
	program := filepath.Join(programs, filepath.Base(k.config.Program))
	if h.role == backend {
		m.Dev, m.Sys = k.volume.Dev(h.name), k.volume.Sys(h.name)
		m.Units = backendUnits(program)
	} else {
		m.Units = []machine.Unit{{
			Name: Frontend, Enabled: true, Restart: true, Command: []string{program, "serve", "--config", serverFile, "--data", state},
		}}
	}
	return machine.New(m)
}

func backendUnits(program string) []machine.Unit {
	agent := []string{program, "ha-agent", "--config", serverFile, "--processes", services}
	files := keepalived.FilesIn(filepath.Join(state, "keepalived"), runtime)
	return []machine.Unit{
		{
			Name: Agent, Enabled: true, Restart: true, Notify: true, Watchdog: 5 * time.Second,
			Command: agent, StopPost: append(append([]string{}, agent...), "--drop"),
		},
		{Name: Keepalived, Enabled: true, Restart: true, After: Agent, Command: append([]string{"/usr/sbin/keepalived"}, files.Args()...)},
	}
}

// Close ends and removes everything but the logs.
func (k *Cluster) Close(ctx context.Context) error {
	var errs []error
	for _, m := range k.machines {
		if m != nil {
			errs = append(errs, m.Close(ctx))
		}
	}
	if k.stop != nil {
		k.stop()
		errs = append(errs, k.serving.Wait())
	}
	if k.volume != nil {
		errs = append(errs, k.volume.Close())
	}
	if k.Network != nil {
		errs = append(errs, k.Network.Down())
	}
	return errors.Join(append(errs, k.lock.Close())...)
}
