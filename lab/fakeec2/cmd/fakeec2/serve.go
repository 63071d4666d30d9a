package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"tournant/lab/fakeec2"
	"tournant/lab/network"
	"tournant/lab/volume"
)

// A lab is what stands for AWS, until it is closed.
type lab struct {
	config  config
	volumes map[string]*volume.Volume
	network *network.Network // nil where hosts are elsewhere
	server  *fakeec2.Server
}

// serve runs the lab until ctx ends, and takes it apart.
func serve(ctx context.Context, c config) error {
	l := &lab{config: c, volumes: map[string]*volume.Volume{}}
	err := l.open()
	if err == nil {
		err = l.listen(ctx)
	}
	return errors.Join(err, l.close())
}

func (l *lab) open() error {
	if err := os.MkdirAll(l.config.Dir, 0o700); err != nil {
		return err
	}
	options := fakeec2.Options{Disks: map[string]fakeec2.Disk{}, Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	for id, d := range l.config.Disks {
		v, err := l.openVolume(id, d)
		if err != nil {
			return err
		}
		l.volumes[id], options.Disks[id] = v, v
	}
	if l.config.Network != "" {
		var err error
		if l.network, err = network.Up(l.networkConfig()); err != nil {
			return err
		}
		options.Network = l.network
	}
	var err error
	l.server, err = fakeec2.New(l.config.Config, options)
	return err
}

func (l *lab) networkConfig() network.Config {
	n := network.Config{Prefix: l.config.Network, Subnet: l.config.Subnet.Prefix}
	for _, in := range l.config.Instances {
		n.Hosts = append(n.Hosts, network.Host{Name: in.Name, MAC: in.MAC, Address: in.Address})
	}
	return n
}

func (l *lab) openVolume(id string, d diskConfig) (*volume.Volume, error) {
	if _, err := os.Stat(d.Image); errors.Is(err, os.ErrNotExist) {
		if err := volume.Create(d.Image, d.SizeMiB<<20); err != nil {
			return nil, err
		}
	}
	name := "volume.jsonl"
	if len(l.config.Disks) > 1 {
		name = "volume-" + id + ".jsonl"
	}
	return volume.Open(volume.Config{ID: id, Image: d.Image, Dir: l.config.Dir, Log: filepath.Join(l.config.Dir, name)})
}

func (l *lab) close() error {
	var errs []error
	for _, v := range l.volumes {
		errs = append(errs, v.Close())
	}
	if l.network != nil {
		errs = append(errs, l.network.Down())
	}
	return errors.Join(errs...)
}

// tcp opens a socket where AWS is.
func (l *lab) tcp(ctx context.Context, address string) (net.Listener, error) {
	if l.network != nil {
		return l.network.Listen(network.AWS, "tcp", address)
	}
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", address)
}

func (l *lab) listen(ctx context.Context) error {
	metadata, err := l.tcp(ctx, l.config.Metadata)
	if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	defer func() { _ = metadata.Close() }()
	control, err := l.listenControl(ctx)
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	defer func() { _ = control.Close() }()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return l.server.ServeAPI(ctx, func() (net.Listener, error) { return l.tcp(ctx, l.config.API) })
	})
	g.Go(func() error { return l.server.ServeHandler(ctx, metadata, l.server.Metadata()) })
	g.Go(func() error { return l.server.ServeHandler(ctx, control, l.server.Control()) })
	return g.Wait()
}

func (l *lab) listenControl(ctx context.Context) (net.Listener, error) {
	// A socket of an earlier run would be in the way.
	if err := os.Remove(l.config.Control); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var lc net.ListenConfig
	control, err := lc.Listen(ctx, "unix", l.config.Control)
	if err != nil {
		return nil, err
	}
	return control, os.Chmod(l.config.Control, 0o600)
}

// down is for what serve could not take apart.
func down(c config) error {
	err := volume.Sweep(c.Dir)
	if c.Network != "" {
		err = errors.Join(err, network.Sweep(c.Network))
	}
	return err
}
