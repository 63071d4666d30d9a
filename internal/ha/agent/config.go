package agent

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"

	"tournant/internal/config"
	"tournant/internal/ha"
	"tournant/internal/ha/control"
	"tournant/internal/ha/link"
)

// Port is where agents answer each other and the frontends.
const Port = link.Port

// Config is what an agent runs with: Settings, by way of From, and Places.
type Config struct {
	Node      Member   // this backend
	Peer      Member   // the other
	Frontends []Member // who may vouch for the peer
	Secret    config.Secret

	VIP    netip.Addr
	Device string // that the VIP goes on

	Volume  string // vol-…
	Disk    string // ha['ebs_device']; "": AWS's first
	Mount   string // ha['path']
	Cloud   Cloud
	Server  *config.Config // what keepalived, PostgreSQL and the API are set up by
	Places  Places
	Times   ha.Config
	Version string // of this program
}

// Member is a host of the server.
type Member struct {
	Name    string         // of its server entry
	Address netip.AddrPort // of a backend its agent's, of a frontend its API's
}

// Cloud is how EC2 is asked. The instance's metadata is where
// AWS_EC2_METADATA_SERVICE_ENDPOINT says, or AWS's.
type Cloud struct {
	Region    string // "": the instance's
	Endpoint  string // "": AWS's
	AccessKey config.Secret
	SecretKey config.Secret // without keys the instance's role signs
}

// Places are where the agent finds and keeps things on its host. Two agents on
// one machine, in network namespaces, have different ones; the zero value of
// each is an installed backend's.
type Places struct {
	State      string // the record and the control socket: /var/opt/opscode/ha
	Run        string // keepalived's FIFO, tracked file and PIDs, gone after a reboot: /run/tournant-ha
	Keepalived string // its configuration is etc/keepalived.conf below: /var/opt/opscode/keepalived
	Sys        string // /sys
	Dev        string // /dev
	Postgres   string // PostgreSQL's configuration and keys: /var/opt/opscode/postgresql
	Socket     string // the directory of PostgreSQL's socket: /run/tournant-postgresql

	// Processes has the units run as plain processes instead of by systemd, in
	// control groups that are made in this directory of a mounted cgroup2, with
	// their output in UNIT.log in State. PostgreSQL and the API end with the agent,
	// as they do not where systemd runs them; keepalived does not, and may be started
	// by others. "": systemd.
	Processes string
}

// orInstalled fills in an installed backend's.
func (p Places) orInstalled() Places {
	return Places{
		State:      cmp.Or(p.State, filepath.Dir(control.Socket)),
		Run:        cmp.Or(p.Run, "/run/tournant-ha"),
		Keepalived: cmp.Or(p.Keepalived, "/var/opt/opscode/keepalived"),
		Sys:        cmp.Or(p.Sys, "/sys"),
		Dev:        cmp.Or(p.Dev, "/dev"),
		Postgres:   cmp.Or(p.Postgres, "/var/opt/opscode/postgresql"),
		Socket:     cmp.Or(p.Socket, "/run/tournant-postgresql"),
		Processes:  p.Processes,
	}
}

// ControlSocket is where chef-server-ctl talks to the agent.
func (p Places) ControlSocket() string {
	return filepath.Join(p.orInstalled().State, filepath.Base(control.Socket))
}

// From takes what chef-server.rb says of a backend of topology "ha".
func From(c *config.Config, p Places, version string) (Config, error) {
	if c.Topology != config.HA || c.Role != config.Backend {
		return Config{}, fmt.Errorf("%s: only a backend of topology \"ha\" has an agent", c.File)
	}
	if c.HA.SharedSecret == "" {
		return Config{}, errors.New("there is no " + config.SecretHA.String() + " in " + config.SecretsFile +
			": run chef-server-ctl reconfigure on the bootstrap backend and copy its /etc/opscode here")
	}
	a := Config{
		Secret: c.HA.SharedSecret, VIP: c.VIP.Address, Device: c.VIP.Device,
		Volume: c.HA.VolumeID, Disk: c.HA.Device, Mount: c.HA.Path,
		Cloud:  Cloud{Region: c.HA.Region, Endpoint: c.HA.Endpoint, AccessKey: c.HA.AccessKey, SecretKey: c.HA.SecretKey},
		Server: c, Places: p.orInstalled(), Times: ha.DefaultConfig(), Version: version,
	}
	a.Node, a.Peer, a.Frontends = members(c)
	return a, nil
}

// members are the hosts, as this one sees them.
func members(c *config.Config) (node, peer Member, frontends []Member) {
	var https uint16
	if listen, err := netip.ParseAddrPort(c.HTTP.Listen); err == nil {
		https = listen.Port()
	}
	for _, s := range c.Servers {
		switch {
		case s.Role == config.Frontend:
			frontends = append(frontends, Member{s.Name, netip.AddrPortFrom(s.Address, https)})
		case s.Name == c.Host:
			node = Member{s.Name, netip.AddrPortFrom(s.Address, Port)}
		default:
			peer = Member{s.Name, netip.AddrPortFrom(s.Address, Port)}
		}
	}
	return node, peer, frontends
}

// APIData is the data directory of the API on a backend: on the volume, so that
// the index of search goes with what it is of.
func (c *Config) APIData() string { return APIData(c.Server) }

// APIData is Config.APIData where there is no agent.
func APIData(c *config.Config) string { return c.HA.ServerData() }
