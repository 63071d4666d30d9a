package haverify

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"tournant/internal/hastatus"
	"tournant/internal/postgres"
	"tournant/internal/storage"
	"tournant/internal/systemd"
)

// services are the units: ours start with the host or never do, and none of the
// distribution's is in the way.
func (r *run) services(ctx context.Context) {
	if _, err := r.Units.State(ctx, hastatus.UnitAgent); errors.Is(err, systemd.ErrNotRunning) {
		r.failed("systemd", "systemd does not run on this host", "", "A backend's services are units of systemd: boot the host with it.")
		return
	}
	for _, unit := range []string{hastatus.UnitAgent, hastatus.UnitKeepalived} {
		r.unit(ctx, unit, unit+" runs and starts with the host", "Run chef-server-ctl reconfigure.",
			func(s systemd.State) bool { return s.Active && s.Enabled })
	}
	for _, unit := range []string{hastatus.UnitPostgres, hastatus.UnitAPI} {
		r.unit(ctx, unit, unit+" does not start with the host: tournant-ha starts it", "Run systemctl disable "+unit+".",
			func(s systemd.State) bool { return s.Loaded && !s.Enabled })
	}
	r.unit(ctx, "keepalived.service", "the distribution's keepalived is out of the way", "Run systemctl disable --now keepalived.service.",
		func(s systemd.State) bool { return !s.Active && !s.Enabled })
	r.foreign(ctx)
}

func (r *run) unit(ctx context.Context, unit, text, advice string, good func(systemd.State) bool) {
	s, err := r.Units.State(ctx, unit)
	switch {
	case err != nil:
		r.failed(unit, unit+" cannot be looked at", err.Error(), "")
	case good(s):
		r.ok(unit, text)
	case !s.Loaded:
		r.failed(unit, unit+" is not there", stateText(s), "Run chef-server-ctl reconfigure.")
	default:
		r.failed(unit, unit+" is not as it has to be", stateText(s), advice)
	}
}

func stateText(s systemd.State) string {
	switch {
	case !s.Loaded:
		return "there is no such unit"
	case s.Active && s.Enabled:
		return "it runs, and starts with the host"
	case s.Active:
		return "it runs, and does not start with the host"
	case s.Enabled:
		return "it does not run, and starts with the host"
	}
	return "it neither runs nor starts with the host"
}

// foreign looks for PostgreSQL clusters of the distribution, which would take
// the port.
func (r *run) foreign(ctx context.Context) {
	const name = "foreign-postgresql"
	found, err := postgres.FindForeign(ctx, filepath.Join("/", r.Root), func(ctx context.Context, unit string) (starts, runs bool, err error) {
		s, err := r.Units.State(ctx, unit)
		return s.Enabled, s.Active, err
	})
	if err != nil {
		r.failed(name, "other PostgreSQL clusters cannot be looked for", err.Error(), "")
		return
	}
	for _, f := range found {
		r.failed(name, "another PostgreSQL cluster is in the way", fmt.Sprintf("the cluster %s runs or starts with the host", f.Name), "End it, and keep its data: "+f.End)
	}
	if len(found) == 0 {
		r.ok(name, "no other PostgreSQL cluster is in the way")
	}
}

// fstab looks for an entry by which the host would mount the volume when it
// boots.
func (r *run) fstab(context.Context) {
	const name, path = "fstab", "/etc/fstab"
	source, err := storage.MountedAtBoot(filepath.Join("/", r.Root, path), r.Config.HA.Path)
	switch {
	case err != nil:
		r.failed(name, path+" cannot be read", err.Error(), "")
	case source != "":
		r.failed(name, path+" mounts the volume", source+" at "+r.Config.HA.Path, "Take the line out: a backend boots as standby, and its agent mounts the volume.")
	default:
		r.ok(name, path+" does not mount the volume")
	}
}
