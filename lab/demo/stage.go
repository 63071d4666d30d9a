package demo

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"tournant/lab/cluster"
	"tournant/lab/nspawn"
	"tournant/lab/page"
	"tournant/lab/volume"
)

// A Stage is where a demonstration is given.
type Stage struct {
	// Kind says what the hosts are, in a few words.
	Kind string
	// Open makes a cluster with its hosts on, and tells of its steps. Install, if not
	// nil, makes two backends and their frontends of them.
	Open    func(ctx context.Context, tell func(string)) (*cluster.Cluster, error)
	Install func(ctx context.Context, k *cluster.Cluster, tell func(string)) error
}

// Namespaces are a stage whose hosts are namespaces of this machine: the real
// programs, program among them, without a system of their own around them.
func Namespaces(c cluster.Config, program string) Stage {
	c.Hosts = &cluster.Plain{Program: program}
	// Not within the cluster's directory, which it begins with emptying.
	beside := c.Dir + "-volume"
	return Stage{Kind: "namespaces of this machine", Open: func(ctx context.Context, tell func(string)) (_ *cluster.Cluster, err error) {
		tell("the volume is made, divided and formatted, with an empty database on it")
		c.Volume = filepath.Join(beside, "volume.img")
		prepare := filepath.Join(beside, "prepare")
		// An earlier one may have been ended within.
		if err := errors.Join(volume.Sweep(prepare), os.RemoveAll(beside)); err != nil {
			return nil, err
		}
		if err := cluster.Prepare(ctx, prepare, c.Volume); err != nil {
			return nil, err
		}
		k, err := open(ctx, c, tell) // with a copy of that volume
		return k, errors.Join(err, os.RemoveAll(beside))
	}}
}

// Machines are a stage whose hosts are whole Debian machines, on which the
// documentation's steps are typed to install the packages. cache keeps the Debian,
// and log gets all that is typed and answered.
func Machines(c cluster.Config, cache string, packages page.Packages, log io.Writer) Stage {
	return Stage{
		Kind: "whole Debian machines",
		Open: func(ctx context.Context, tell func(string)) (*cluster.Cluster, error) {
			tell("a Debian 12 for the hosts is made, if there is none of an earlier run")
			base, err := nspawn.Base(ctx, cache, log)
			if err != nil {
				return nil, err
			}
			c.Hosts = &cluster.Debian{Base: base}
			return open(ctx, c, tell)
		},
		Install: func(ctx context.Context, k *cluster.Cluster, tell func(string)) error {
			return page.Type(ctx, typist{k}, page.Install(packages), io.MultiWriter(log, &typed{tell: tell}))
		},
	}
}

// open makes a cluster and switches its hosts on.
func open(ctx context.Context, c cluster.Config, tell func(string)) (*cluster.Cluster, error) {
	tell("the network, EC2's endpoint and the hosts are made")
	k, err := cluster.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := k.Boot(ctx); err != nil {
		return nil, errors.Join(err, k.Close(context.WithoutCancel(ctx)))
	}
	tell("the hosts are on")
	return k, nil
}

// A typist types on a cluster's machines.
type typist struct{ *cluster.Cluster }

// Command implements page.Hosts.
func (t typist) Command(ctx context.Context, host, name string, args ...string) (*exec.Cmd, error) {
	return t.Machine(host).Command(ctx, name, args...)
}
