package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tournant/lab/nspawn"
)

// Debian hosts are whole machines: see lab/nspawn. What is installed on them is
// for somebody else to do.
type Debian struct {
	// Base is the tree that nspawn.Base made.
	Base string
	// Founded has for each host, by name, a directory of changes that its machine
	// begins with; "" is none.
	Founded string

	prefix string
	names  string
}

// Sweep implements Hosts.
func (*Debian) Sweep(ctx context.Context, dir string) error { return nspawn.Sweep(ctx, dir) }

// Open implements Hosts.
func (d *Debian) Open(_ context.Context, c Config) error {
	if c.Advert != 0 {
		return errors.New("cluster: Debian hosts have the chef-server.rb that was typed on them, and keepalived speaks as that says")
	}
	d.prefix, d.names = c.Prefix, c.names()
	return nil
}

// New implements Hosts.
func (d *Debian) New(at Place) (Machine, error) {
	c := nspawn.Config{
		Name: d.prefix + "-" + at.Name, Hostname: at.Hostname(), Dir: at.Dir, Layers: []string{d.Base},
		Network: at.Network, Dev: at.Dev, Sys: at.Sys,
	}
	if d.Founded != "" {
		c.Layers = []string{filepath.Join(d.Founded, at.Name), d.Base}
	}
	m, err := nspawn.New(c)
	if err != nil {
		return nil, err
	}
	// Instances know each other by EC2's name server.
	return m, errors.Join(
		os.WriteFile(filepath.Join(m.Root(), "etc/hostname"), []byte(at.Hostname()+"\n"), 0o644),
		os.WriteFile(filepath.Join(m.Root(), "etc/hosts"), []byte(d.names), 0o644),
	)
}

// names are all hosts' for /etc/hosts: what EC2's name server would say, and what
// the lab calls them.
func (c Config) names() string {
	text := "127.0.0.1 localhost\n" + fmt.Sprintf("%s %s %s\n", VIP, vipHost.FQDN(), vipHost.Hostname())
	for _, h := range c.Instances() {
		text += fmt.Sprintf("%s %s %s %s\n", h.Address, h.FQDN(), h.Hostname(), h.Name)
	}
	return text
}

// vipHost is what EC2 would call an instance with the VIP.
var vipHost = Host{Address: VIP}
