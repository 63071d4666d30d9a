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
	"tournant/lab/volume"
)

// serve runs the lab until ctx ends, and takes it apart.
func serve(ctx context.Context, c config) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	volumes, err := openVolumes(c)
	if err != nil {
		return errors.Join(err, closeAll(volumes))
	}
	disks := map[string]fakeec2.Disk{}
	for id, v := range volumes {
		disks[id] = v
	}
	s, err := fakeec2.New(c.Config, fakeec2.Options{Disks: disks, Log: log})
	if err == nil {
		err = listen(ctx, c, s)
	}
	return errors.Join(err, closeAll(volumes))
}

func openVolumes(c config) (map[string]*volume.Volume, error) {
	volumes := map[string]*volume.Volume{}
	for id, d := range c.Disks {
		if _, err := os.Stat(d.Image); errors.Is(err, os.ErrNotExist) {
			if err := volume.Create(d.Image, d.SizeMiB<<20); err != nil {
				return volumes, err
			}
		}
		v, err := volume.Open(volume.Config{ID: id, Image: d.Image, Dir: c.Dir, Log: logName(c, id)})
		if err != nil {
			return volumes, err
		}
		volumes[id] = v
	}
	return volumes, nil
}

// logName is volume.jsonl where there is one volume with a disk.
func logName(c config, id string) string {
	if len(c.Disks) == 1 {
		return filepath.Join(c.Dir, "volume.jsonl")
	}
	return filepath.Join(c.Dir, "volume-"+id+".jsonl")
}

func closeAll(volumes map[string]*volume.Volume) error {
	var errs []error
	for _, v := range volumes {
		errs = append(errs, v.Close())
	}
	return errors.Join(errs...)
}

func listen(ctx context.Context, c config, s *fakeec2.Server) error {
	var l net.ListenConfig
	metadata, err := l.Listen(ctx, "tcp", c.Metadata)
	if err != nil {
		return fmt.Errorf("metadata: %w", err)
	}
	defer func() { _ = metadata.Close() }()
	// A socket of an earlier run would be in the way.
	if err := os.Remove(c.Control); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	control, err := l.Listen(ctx, "unix", c.Control)
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	defer func() { _ = control.Close() }()
	if err := os.Chmod(c.Control, 0o600); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return s.ServeAPI(ctx, func() (net.Listener, error) { return l.Listen(ctx, "tcp", c.API) })
	})
	g.Go(func() error { return s.ServeHandler(ctx, metadata, s.Metadata()) })
	g.Go(func() error { return s.ServeHandler(ctx, control, s.Control()) })
	return g.Wait()
}

// down is for what serve could not take apart.
func down(c config) error { return volume.Sweep(c.Dir) }
