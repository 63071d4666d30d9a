package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tournant/internal/datadir"
	"tournant/internal/postgres"
)

// ErrLostSecrets is returned on the host that makes the secrets where the volume
// has the database of hosts that have some already.
var ErrLostSecrets = errors.New("the volume has the database of a server whose secrets this host does not have: copy the contents of " + ConfigDir +
	"/ from another host of it. If none has them any more, begin with new ones: echo '{}' > " + secretsFile)

// passable lets PostgreSQL's user through to the volume and its own settings,
// however strictly people made the directories.
func (r *run) passable(context.Context) error {
	mount := r.inRoot(r.c.HA.Path)
	for _, dir := range above(mount) {
		if exists(r.path(dir)) {
			if err := r.open(dir); err != nil {
				return err
			}
		} else if err := r.directory(dir, 0o755); err != nil {
			return err
		}
	}
	if exists(r.path(mount)) {
		return nil
	}
	return r.directory(mount, 0o755)
}

// inRoot is the name of a path below Root.
func (h *Host) inRoot(path string) string {
	return filepath.Join("/", strings.TrimPrefix(path, filepath.Clean(h.Root)))
}

// above are the directories from DataDir to where the volume is mounted: others
// are not ours.
func above(mount string) []string {
	dirs := []string{DataDir}
	below, err := filepath.Rel(DataDir, filepath.Dir(mount))
	if err != nil || strings.HasPrefix(below, "..") || below == "." {
		return dirs
	}
	for _, part := range strings.Split(below, "/") {
		dirs = append(dirs, filepath.Join(dirs[len(dirs)-1], part))
	}
	return dirs
}

// open lets everybody pass through a directory.
func (r *run) open(dir string) error {
	const through = 0o011
	info, err := os.Stat(r.path(dir))
	if err != nil {
		return fmt.Errorf("look at directory: %w", err)
	}
	if have := info.Mode().Perm(); have&through != through {
		if err := os.Chmod(r.path(dir), have|through); err != nil {
			return fmt.Errorf("set mode: %w", err)
		}
		r.changed("set the mode of %s to %#o, for PostgreSQL's user", dir, have|through)
	}
	return nil
}

const (
	// volumeTime is for LVM, a mount and initdb.
	volumeTime = 2 * time.Minute
	// grace is how long who came to the volume meanwhile may take to leave.
	grace = 2 * time.Second
)

// volume finishes what people prepared, makes the database of a new volume, and
// lets go of it: the agent takes it in its own order.
func (r *run) volume(ctx context.Context) (err error) {
	if r.adopt == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, volumeTime)
	defer cancel()
	layout, data, err := r.Storage.Adopt(ctx, *r.adopt, r.c.Host, func(change string) { r.changed("%s", change) }, time.Now())
	if err != nil {
		return err
	}
	path := r.c.HA.Path
	byHand := r.Storage.Unused(path) != nil
	if !byHand {
		if _, err := r.Storage.Mount(ctx, data, path); err != nil {
			return err
		}
		defer func() {
			if err != nil { // it was not mounted before
				err = errors.Join(err, r.Storage.Unmount(context.WithoutCancel(ctx), path, grace))
			}
		}()
	}
	if err := r.database(ctx); err != nil {
		return err
	}
	if err := r.Storage.Unmount(ctx, path, grace); err != nil {
		return err
	}
	if byHand {
		r.changed("unmounted %s, which the agent mounts", path)
	}
	return layout.Deactivate(ctx)
}

// database makes PostgreSQL's cluster on the mounted volume, or looks whether
// the one there can be run.
func (r *run) database(ctx context.Context) error {
	if err := r.open(r.inRoot(r.c.HA.Path)); err != nil {
		return err
	}
	cluster, err := r.clusterOf(r.c)
	if err != nil {
		return err
	}
	err = cluster.CheckVersion(ctx)
	if errors.Is(err, postgres.ErrNoCluster) {
		if _, err := cluster.Create(ctx); err != nil {
			return err
		}
		r.changed("made a PostgreSQL cluster in %s", cluster.Data)
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Lstat(r.path(secretsFile)); errors.Is(err, fs.ErrNotExist) {
		return ErrLostSecrets
	}
	return nil
}

// superuser puts the superuser's key, which the primary left on the volume, where
// the original has it, and where it is copied to the other hosts from.
func (r *run) superuser(context.Context) error {
	name := ConfigDir + "/" + datadir.SuperuserKey
	if r.out.Backend.State != primary || exists(r.path(name)) {
		return nil
	}
	key, err := os.ReadFile(filepath.Join(r.c.HA.ServerData(), datadir.SuperuserKey))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a person took it away
	}
	if err != nil {
		return fmt.Errorf("read the superuser's key: %w", err)
	}
	return r.file(name, key, 0o600)
}
