package agent

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"tournant/internal/aws"
	"tournant/internal/ha"
	"tournant/internal/storage"
)

// device is the volume as this host has it.
type device struct {
	cfg   *Config
	host  *storage.Host
	log   *slog.Logger
	names []string // under which Xen shows it
	lane  *lane    // everything but heartbeats

	mu     sync.Mutex
	layout storage.Layout // nil: not looked at
	epoch  storage.Node   // the epoch volume, active
	doubt  bool           // ext4 noted errors in what was mounted last
	beats  *storage.Heartbeat
	taken  ha.Epoch // whose beats they are
	proven ha.Instant
}

func newDevice(cfg *Config, names []string, host *storage.Host, log *slog.Logger) *device {
	return &device{cfg: cfg, host: host, log: log, names: aws.XenNames(names), lane: newLane()}
}

func (d *device) find() (storage.Device, error) { return d.host.Find(d.cfg.Volume, d.names...) }

// open finds the volume and makes the epoch block, and nothing else, usable.
func (d *device) open(ctx context.Context) error {
	disk, err := d.find()
	if err != nil {
		return err
	}
	layout, err := d.host.Layout(ctx, disk)
	if err != nil {
		return err
	}
	epoch, err := layout.ActivateEpoch(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.layout, d.epoch = layout, epoch
	return nil
}

// mount makes the data usable and mounts it.
func (d *device) mount(ctx context.Context) error {
	d.mu.Lock()
	layout := d.layout
	d.mu.Unlock()
	if layout == nil {
		return storage.ErrNoDevice
	}
	data, err := layout.ActivateData(ctx)
	if err != nil {
		return err
	}
	fs, err := d.host.Mount(ctx, data, d.cfg.Mount)
	d.mu.Lock()
	d.doubt = fs.Suspect
	d.mu.Unlock()
	if fs.Suspect {
		d.log.Warn("ext4 noted errors in the volume's filesystem, which is used all the same: check it with e2fsck -f while both backends are stopped", "device", data.Path, "type", fs.Type)
	}
	return err
}

// suspect says that ext4 had noted errors in what this life of the agent mounted.
func (d *device) suspect() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.doubt
}

// grace is how long who holds the mount may take to end when asked to.
const grace = 2 * time.Second

func (d *device) unmount(ctx context.Context) error {
	if err := d.host.Unmount(ctx, d.cfg.Mount, grace); err != nil {
		return err
	}
	return d.deactivate(ctx)
}

// drop lets go of the mount without waiting for I/O. What cannot be forgotten
// keeps nobody from the volume and goes when it is detached.
func (d *device) drop(ctx context.Context) error {
	err := d.host.Fence(d.cfg.Mount)
	_ = d.forget(ctx)
	return err
}

// forget ends the heartbeat and all use of the volume's parts, as deactivate
// does, but asks nothing of the disk, which may hang.
func (d *device) forget(ctx context.Context) error {
	d.quiet()
	d.mu.Lock()
	d.layout = nil
	d.mu.Unlock()
	return d.host.Forget(ctx)
}

// deactivate ends the heartbeat and all use of the volume's parts.
func (d *device) deactivate(ctx context.Context) error {
	d.quiet()
	d.mu.Lock()
	layout := d.layout
	d.layout = nil
	d.mu.Unlock()
	if layout == nil {
		disk, err := d.find()
		if errors.Is(err, storage.ErrNoDevice) {
			return d.host.Forget(ctx)
		}
		if err != nil {
			return err
		}
		if layout, err = d.host.Layout(ctx, disk); err != nil {
			return err
		}
	}
	return layout.Deactivate(ctx)
}
