package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tournant/internal/postgres"
	"tournant/internal/storage"
	"tournant/lab/volume"
)

// volumeSize is room for a database and its log.
const volumeSize = 640 << 20

// Prepare makes the image of a volume as chef-server-ctl leaves it on the first
// backend: divided, formatted, and with an empty PostgreSQL. dir is where it
// works, and image is in the end.
func Prepare(ctx context.Context, dir, image string) (err error) {
	if err := errors.Join(volume.Sweep(dir), os.MkdirAll(dir, 0o755), volume.Create(image, volumeSize)); err != nil {
		return err
	}
	v, err := volume.Open(volume.Config{ID: VolumeID, Image: image, Dir: dir, Log: filepath.Join(dir, "prepare.jsonl")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	node := Backends[0]
	if err := v.Attach(node, ""); err != nil {
		return err
	}
	host := storage.OnHost()
	host.Dev, host.Sys = v.Dev(node), v.Sys(node)
	d, err := host.Find(VolumeID)
	if err != nil {
		return err
	}
	p := storage.Preparation{Layout: "partitions", Filesystem: "ext4", Node: node, Tell: func(string) {}}
	if err := host.Prepare(ctx, d, p, time.Now()); err != nil {
		return fmt.Errorf("cluster: prepare the volume: %w", err)
	}
	return found(ctx, host, d, filepath.Join(dir, "data"))
}

// found makes the PostgreSQL of a volume that has none.
func found(ctx context.Context, host *storage.Host, d storage.Device, at string) (err error) {
	layout, err := host.Layout(ctx, d)
	if err != nil {
		return err
	}
	data, err := layout.ActivateData(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	if _, err := host.Mount(ctx, data, at); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, host.Unmount(ctx, at, time.Second)) }()
	binaries, err := postgres.Binaries("/", 0)
	if err != nil {
		return err
	}
	_, err = postgres.OnVolume(at, binaries).Create(ctx)
	return err
}
