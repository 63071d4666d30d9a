package failover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"tournant/lab/cluster"
	"tournant/lab/page"
)

// FoundByPage makes a founding of whole machines: new ones are installed by the
// documentation's steps, which are told to out, and shut down in order. Trials begin
// with what their disks have become, in the directory that the founding's Hosts say.
func FoundByPage(ctx context.Context, o Options, base string, p page.Packages, dir string, out io.Writer) (_ *Founding, err error) {
	disks := filepath.Join(dir, "disks")
	f := &Founding{Volume: filepath.Join(dir, "volume.img"), Hosts: &cluster.Debian{Base: base, Founded: disks}}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(disks, 0o755)); err != nil {
		return nil, err
	}
	o.Cluster.Volume, o.Cluster.Hosts, o.Cluster.Frontends = "", &cluster.Debian{Base: base}, 2
	t := &trial{Options: o}
	if t.Cluster, err = cluster.Open(ctx, o.Cluster); err != nil {
		return nil, err
	}
	err = t.install(ctx, p, f, out)
	if err := errors.Join(err, t.Close(context.WithoutCancel(ctx))); err != nil {
		return nil, fmt.Errorf("failover: found the server: %w", err)
	}
	for _, h := range o.Cluster.Instances() {
		from := filepath.Join(o.Cluster.Dir, h.Name, "changes")
		if err := os.Rename(from, filepath.Join(disks, h.Name)); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// install types the steps, makes what the load needs, and ends in order.
func (t *trial) install(ctx context.Context, p page.Packages, f *Founding, out io.Writer) error {
	if err := t.Boot(ctx); err != nil {
		return err
	}
	if err := page.Type(ctx, typist{t.Cluster}, page.Install(p), out); err != nil {
		return err
	}
	ctx, cancel := t.within(ctx)
	defer cancel()
	primary, err := t.settled(ctx)
	if err != nil {
		return err
	}
	if f.Superuser, err = t.superuser(ctx, primary); err != nil {
		return err
	}
	if err := t.prepareLoad(ctx, f.Superuser); err != nil {
		return err
	}
	for _, name := range append(t.Frontends(), cluster.Peer(primary), primary) {
		if err := t.Machine(name).Shutdown(ctx); err != nil {
			return err
		}
	}
	return t.keepVolume(ctx, f)
}

// keepVolume copies the volume that nobody has any more.
func (t *trial) keepVolume(ctx context.Context, f *Founding) error {
	if holder := t.EC2.Status().Volumes[0].Host; holder != "" {
		return fmt.Errorf("%s ended and still has the volume", holder)
	}
	out, err := exec.CommandContext(ctx, "cp", "--sparse=always", t.Image(), f.Volume).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// A typist types on a cluster's machines.
type typist struct{ *cluster.Cluster }

// Command implements page.Hosts.
func (t typist) Command(ctx context.Context, host, name string, args ...string) (*exec.Cmd, error) {
	return t.Machine(host).Command(ctx, name, args...)
}
