package failover

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/nspawn"
	"tournant/lab/page"
)

// A Ground says what clusters are made of, as commands are told.
type Ground struct {
	Hosts Kind
	// Program is the tournant of namespaces, Packages the directory that machines are
	// installed from.
	Program, Packages string
	// Profile is a name of Profiles.
	Profile string
	// Dir is for the clusters, and Prefix begins the names of their namespaces.
	Dir, Prefix string
}

// Found makes a server's volume and hosts of the kind, and returns the options of
// clusters that begin with them.
func (g Ground) Found(ctx context.Context) (Options, error) {
	o := Options{
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Within: 3 * time.Minute,
		Cluster: cluster.Config{Dir: g.Dir, Prefix: g.Prefix},
	}
	profile, err := FindProfile(g.Profile)
	if err != nil {
		return o, err
	}
	var founding *Founding
	switch g.Hosts {
	case Machines:
		// 50 writes and 100 reads a second.
		o.Clients, o.Pace, o.Cluster.Frontends = 48, 320*time.Millisecond, 2
		founding, err = g.foundMachines(ctx, o)
	case Namespaces:
		o.Clients, o.Direct, o.Pace, o.Cluster.Frontends = 6, 2, 100*time.Millisecond, 1
		founding, err = g.foundNamespaces(ctx, o)
	default:
		return o, fmt.Errorf("hosts are %q, neither %s nor %s", g.Hosts, Namespaces, Machines)
	}
	if err != nil {
		return o, err
	}
	o.Cluster.Volume, o.Cluster.Hosts, o.Superuser = founding.Volume, founding.Hosts, founding.Superuser
	profile.Apply(&o.Cluster)
	return o, nil
}

func (g Ground) foundNamespaces(ctx context.Context, o Options) (*Founding, error) {
	program, err := filepath.Abs(g.Program)
	if err != nil {
		return nil, err
	}
	o.Cluster.Hosts = &cluster.Plain{Program: program}
	return Found(ctx, o, g.Dir+"-founding")
}

func (g Ground) foundMachines(ctx context.Context, o Options) (*Founding, error) {
	if g.Profile != "aws" {
		return nil, fmt.Errorf("profile %s: machines have the documentation's chef-server.rb, and with it the default of keepalived: profile aws", g.Profile)
	}
	packages, err := page.Find(g.Packages)
	if err != nil {
		return nil, err
	}
	base, err := nspawn.Base(ctx, nspawn.Cache, os.Stderr)
	if err != nil {
		return nil, err
	}
	return FoundByPage(ctx, o, base, packages, g.Dir+"-founding", os.Stderr)
}

// Commit is the one that this work tree is of.
func Commit(ctx context.Context) (string, error) {
	commit, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=10").Output()
	if err != nil {
		return "", fmt.Errorf("which commit this is: %w", err)
	}
	return strings.TrimSpace(string(commit)), nil
}
