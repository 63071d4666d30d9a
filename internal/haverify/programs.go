package haverify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tournant/internal/postgres"
)

// install is how the distribution's package comes back, which tournant-ha needs.
func install(debian, redHat string) string {
	return fmt.Sprintf("Install it: apt-get install %s, or dnf install %s.", debian, redHat)
}

// programs are those of the distribution that a backend needs.
func (r *run) programs(ctx context.Context) {
	for _, program := range []struct{ name, path, pkg string }{
		{"keepalived", "usr/sbin/keepalived", "keepalived"}, {"lvm2", "usr/sbin/lvm", "lvm2"}, {"mkfs", "usr/sbin/mkfs.ext4", "e2fsprogs"},
	} {
		if _, err := os.Stat(filepath.Join("/", r.Root, program.path)); err != nil {
			r.failed(program.name, program.name+" is not installed", err.Error(), install(program.pkg, program.pkg))
			continue
		}
		r.ok(program.name, program.name+" is installed")
	}
	r.postgres(ctx)
}

// postgres compares the programs with the cluster on the volume where that can
// be seen.
func (r *run) postgres(ctx context.Context) {
	const name = "postgresql"
	binaries, err := postgres.Binaries(filepath.Join("/", r.Root), 0)
	if err != nil {
		r.failed(name, "PostgreSQL is not installed", err.Error(), install("postgresql", "postgresql-server"))
		return
	}
	cluster := postgres.OnVolume(r.Config.HA.Path, binaries)
	major, err := cluster.Major(ctx)
	if err != nil {
		r.failed(name, "PostgreSQL does not say its version", err.Error(), install("--reinstall postgresql", "postgresql-server"))
		return
	}
	if err := cluster.CheckVersion(ctx); err != nil && !errors.Is(err, postgres.ErrNoCluster) {
		r.failed(name, "PostgreSQL does not fit the volume", err.Error(), "Both backends must have the major version of the volume.")
		return
	}
	r.ok(name, fmt.Sprintf("PostgreSQL %d is installed: both backends must have the same major version", major))
}

// kernel looks for nftables, by which the kernel holds the lease.
func (r *run) kernel(context.Context) {
	const name = "nftables"
	if err := r.Kernel(); err != nil {
		r.failed(name, "the kernel has no nftables", err.Error(), "Load it: modprobe nf_tables. The lease of the VIP is kept there.")
		return
	}
	r.ok(name, "the kernel has nftables")
}
