package cluster

import (
	"fmt"
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
	// Program is the tournant that its hosts run.
	Program string
	// Volume is the image that it begins with: see Prepare.
	Volume string
	// Advert is how often keepalived speaks. 0 is its default, a second.
	Advert time.Duration
	// Times are how long EC2 takes; zero is no time at all.
	Times fakeec2.Times
	// Seed makes those times repeatable.
	Seed uint64
	// Frontends is how many there are, 0 to 2.
	Frontends int
	Log       *slog.Logger
}

// The addresses and names are the documentation's.
const (
	volumeID  = "vol-049df61146c4d7901"
	accessKey = "AKIAIOSFODNN7EXAMPLE"
	secretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	region    = "us-west-1"
	device    = "eth0"
	apiFQDN   = "chef.example.com"

	// Client is the host that the load comes from, which no instance is.
	Client = "client"
)

// VIP is the address that moves.
var VIP = netip.MustParseAddr("172.31.24.180")

var subnet = netip.MustParsePrefix("172.31.16.0/20")

// A host is an instance, or the client.
type host struct {
	name, role string
	address    netip.Addr
}

func (h host) mac() string {
	a := h.address.As4()
	return fmt.Sprintf("02:00:00:00:%02x:%02x", a[2], a[3])
}

func (h host) id() string { return fmt.Sprintf("i-0%016x", h.address.As4()[3]) }

const (
	backend  = "backend"
	frontend = "frontend"
)

// Backends are the names of the two.
var Backends = []string{"be1", "be2"}

// Peer is the other backend.
func Peer(name string) string {
	if name == Backends[0] {
		return Backends[1]
	}
	return Backends[0]
}

// instances are the hosts that EC2 knows.
func (c Config) instances() []host {
	all := []host{
		{Backends[0], backend, netip.MustParseAddr("172.31.24.97")},
		{Backends[1], backend, netip.MustParseAddr("172.31.24.98")},
		{"fe1", frontend, netip.MustParseAddr("172.31.30.47")},
		{"fe2", frontend, netip.MustParseAddr("172.31.30.48")},
	}
	return all[:2+c.Frontends]
}

func (c Config) network() network.Config {
	n := network.Config{Prefix: c.Prefix, Subnet: subnet}
	for _, h := range append(c.instances(), host{Client, "", netip.MustParseAddr("172.31.30.200")}) {
		n.Hosts = append(n.Hosts, network.Host{Name: h.name, MAC: h.mac(), Address: h.address})
	}
	return n
}

func (c Config) account() fakeec2.Config {
	a := fakeec2.Config{
		Region: region, Seed: c.Seed, Times: c.Times,
		Subnet:  fakeec2.Subnet{ID: "subnet-0bb1c79de3EXAMPLE", VPC: "vpc-01234567890abcdef", Prefix: subnet},
		Keys:    []fakeec2.Key{{ID: accessKey, Secret: secretKey}},
		Volumes: []fakeec2.VolumeConfig{{ID: volumeID, Zone: region + "a", SizeGiB: 1}},
	}
	for _, h := range c.instances() {
		a.Instances = append(a.Instances, fakeec2.InstanceConfig{
			Name: h.name, ID: h.id(), Zone: region + "a", Interface: "eni-" + h.name, MAC: h.mac(), Address: h.address,
		})
	}
	return a
}

// at is a path below Dir.
func (c Config) at(elements ...string) string {
	return filepath.Join(append([]string{c.Dir}, elements...)...)
}
