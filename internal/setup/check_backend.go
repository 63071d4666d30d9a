package setup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"

	"tournant/internal/config"
	"tournant/internal/hastatus"
	"tournant/internal/postgres"
	"tournant/internal/storage"
)

func (k *check) device(context.Context) error {
	if _, err := net.InterfaceByName(k.c.VIP.Device); err != nil {
		k.found("Set :device to what `ip addr` shows for this host's address.", "backend_vip's device %s is not an interface of this host: %v", k.c.VIP.Device, err)
	}
	return nil
}

// leastMajor is the first PostgreSQL that the server works on.
const leastMajor = 15

// postgres looks for the distribution's programs, and for what of it is in the
// way.
func (k *check) postgres(ctx context.Context) error {
	cluster, err := k.cluster()
	if err != nil {
		k.found("", "%v", err)
		return nil
	}
	enough := fmt.Sprintf("Install PostgreSQL %d or later, the same on both backends.", leastMajor)
	switch major, err := cluster.Major(ctx); {
	case err != nil:
		k.found(enough, "PostgreSQL in %s does not say its version: %v", cluster.Binaries, err)
	case major < leastMajor:
		k.found(enough, "PostgreSQL in %s is of version %d", cluster.Binaries, major)
	}
	if _, err := cluster.Credential(); err != nil {
		k.found("", "%v", err)
	}
	foreign, err := postgres.FindForeign(ctx, k.path("/"), func(ctx context.Context, unit string) (starts, runs bool, err error) {
		s, err := k.Units.State(ctx, unit)
		return s.Enabled, s.Active, err
	})
	if err != nil {
		return err
	}
	for _, f := range foreign {
		k.found("", "%v", f)
	}
	own, err := k.Units.State(ctx, postgres.Unit)
	if err != nil || own.Active || len(foreign) > 0 {
		return err
	}
	return k.port(ctx)
}

// cluster is PostgreSQL on the volume, run by this host's programs.
func (k *check) cluster() (*postgres.Cluster, error) { return k.clusterOf(k.c) }

func (h *Host) clusterOf(c *config.Config) (*postgres.Cluster, error) {
	binaries, err := postgres.Binaries(h.path("/"), 0)
	if err != nil {
		return nil, err
	}
	return postgres.OnVolume(c.HA.Path, binaries), nil
}

// port refuses to share PostgreSQL's with whatever else listens there.
func (k *check) port(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", ":"+strconv.Itoa(k.c.Database.Port))
	if errors.Is(err, syscall.EADDRINUSE) {
		k.found(fmt.Sprintf("Find out what with `ss -tlnp sport = :%d`, and end it.", k.c.Database.Port), "something listens on port %d, which PostgreSQL needs on a backend", k.c.Database.Port)
		return nil
	}
	if err != nil {
		return fmt.Errorf("try PostgreSQL's port: %w", err)
	}
	return l.Close()
}

// volume looks for the volume on the backend that comes first, and on all for
// what would collide with it.
func (k *check) volume(ctx context.Context) error {
	agent, err := k.Units.State(ctx, hastatus.UnitAgent)
	if err != nil {
		return err
	}
	if strings.Contains(k.c.HA.VolumeID, "x") {
		k.found("Write your volume's, as `aws ec2 describe-volumes` shows it.", "ha['ebs_volume_id'] = %q is an example", k.c.HA.VolumeID)
	}
	if err := k.fstab(); err != nil {
		return err
	}
	var disk *storage.Device
	found, missing := k.Storage.Find(k.c.HA.VolumeID, k.c.HA.Device)
	if missing == nil {
		disk = &found
	}
	if err := k.Storage.StrayGroup(ctx, disk); err != nil {
		k.found("", "%v", err)
	}
	switch {
	case agent.Active: // it knows what it has
		return nil
	case !k.c.Bootstrap || agent.Enabled || missing != nil && k.peerHolds(ctx):
		if err := k.Storage.Unused(k.c.HA.Path); err != nil {
			k.found("The volume is mounted on one backend at a time, and by its agent.", "%v", err)
		}
		return nil
	case missing != nil:
		k.found(k.attach(),
			"this backend comes first and does not have the volume: %v", missing)
		return nil
	}
	if err := k.Storage.Adoptable(ctx, found, k.c.HA.Path); err != nil {
		k.found(advice(err), "%v", err)
		return nil
	}
	k.adopt = disk
	return nil
}

// attach is what to do where the volume is missed. Without the secrets nobody can
// ask the other backend whether it has it.
func (k *check) attach() string {
	text := fmt.Sprintf("Attach %s to this instance as %s, and prepare it if it is new: `chef-server-ctl ha-init-storage` does both.", k.c.HA.VolumeID, k.c.HA.Device)
	if exists(k.path(secretsFile)) {
		return text
	}
	return text + " But if the server exists already, attach nothing: copy all of " + ConfigDir + " from another of its hosts first."
}

// advice is the way out where the error does not name one.
func advice(err error) string {
	var held *storage.HeldError
	if errors.As(err, &held) {
		return "Leave that directory, or end these processes."
	}
	return ""
}

// fstab refuses an entry by which the host would mount the volume when it boots.
func (k *check) fstab() error {
	const name = "/etc/fstab"
	source, err := storage.MountedAtBoot(k.path(name), k.c.HA.Path)
	if err == nil && source != "" {
		k.found("Take the line out: a backend boots as standby, and its agent mounts the volume.", "%s mounts %s at %s", name, source, k.c.HA.Path)
	}
	return err
}

// peerHolds tells whether the other backend has the volume, or is about to: then
// this one, though it makes the secrets, does not come first.
func (k *check) peerHolds(ctx context.Context) bool {
	peer, ok := hastatus.Peer(k.c)
	if !ok || k.c.HA.SharedSecret == "" { // then the other has no secret either
		return false
	}
	status, err := hastatus.Ask(ctx, k.c, peer)
	return err == nil && (status.State != standby || status.Volume.AttachedTo == peer.Name)
}
