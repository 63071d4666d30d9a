package cluster

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"time"

	"tournant/lab/fakeec2"
	"tournant/lab/network"
)

// Config says what a cluster is made of.
type Config struct {
	// Dir is for everything that it keeps. Names below it are the bases of
	// sockets, so it should be short.
	Dir string
	// Prefix begins the names of its network namespaces.
	Prefix string
	// Hosts make its machines: Plain or Debian.
	Hosts Hosts
	// Volume is the image that it begins with: see Prepare. "" is a new volume of
	// two partitions.
	Volume string
	// Advert is how often keepalived speaks. 0 is its default, a second. Where
	// chef-server.rb is typed on the hosts, it says so.
	Advert time.Duration
	// Times are how long EC2 takes; zero is no time at all.
	Times fakeec2.Times
	// Seed makes those times repeatable.
	Seed uint64
	// Frontends is how many there are, 0 to 2.
	Frontends int
	// Copy says that there is a second volume, CopyID, which begins as a copy of
	// the first and is attached to nobody.
	Copy bool
	Log  *slog.Logger
}

// The addresses and names are the documentation's.
const (
	VolumeID  = "vol-049df61146c4d7901"
	AccessKey = "AKIAIOSFODNN7EXAMPLE"
	SecretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	Region    = "us-west-1"
	Device    = "eth0"
	APIFQDN   = "chef.example.com"

	// Client is the host that the load comes from, which no instance is.
	Client = "client"
)

// VIP is the address that moves.
var VIP = netip.MustParseAddr("172.31.24.180")

var subnet = netip.MustParsePrefix("172.31.16.0/20")

// Backends are the names of the two.
var Backends = []string{"be1", "be2"}

// Peer is the other backend.
func Peer(name string) string {
	if name == Backends[0] {
		return Backends[1]
	}
	return Backends[0]
}

// Instances are the hosts that EC2 knows.
func (c Config) Instances() []Host {
	all := []Host{
		{Backends[0], Backend, netip.MustParseAddr("172.31.24.97")},
		{Backends[1], Backend, netip.MustParseAddr("172.31.24.98")},
		{"fe1", Frontend, netip.MustParseAddr("172.31.30.47")},
		{"fe2", Frontend, netip.MustParseAddr("172.31.30.48")},
	}
	return all[:2+c.Frontends]
}

func (c Config) network() network.Config {
	n := network.Config{Prefix: c.Prefix, Subnet: subnet}
	for _, h := range append(c.Instances(), Host{Client, "", netip.MustParseAddr("172.31.30.200")}) {
		n.Hosts = append(n.Hosts, network.Host{Name: h.Name, MAC: h.MAC(), Address: h.Address})
	}
	return n
}

func (c Config) account() fakeec2.Config {
	a := fakeec2.Config{
		Region: Region, Seed: c.Seed, Times: c.Times,
		Subnet:  fakeec2.Subnet{ID: "subnet-0bb1c79de3EXAMPLE", VPC: "vpc-01234567890abcdef", Prefix: subnet},
		Keys:    []fakeec2.Key{{ID: AccessKey, Secret: SecretKey}},
		Volumes: []fakeec2.VolumeConfig{{ID: VolumeID, Zone: Region + "a", SizeGiB: 1}},
	}
	if c.Copy {
		a.Volumes = append(a.Volumes, fakeec2.VolumeConfig{ID: CopyID, Zone: Region + "a", SizeGiB: 1})
	}
	for _, h := range c.Instances() {
		a.Instances = append(a.Instances, fakeec2.InstanceConfig{
			Name: h.Name, ID: h.Instance(), Zone: Region + "a", Interface: "eni-" + h.Name, MAC: h.MAC(), Address: h.Address,
		})
	}
	return a
}

// at is a path below Dir.
func (c Config) at(elements ...string) string {
	return filepath.Join(append([]string{c.Dir}, elements...)...)
}
