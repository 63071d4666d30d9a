package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// A Config is a subnet with its hosts.
type Config struct {
	// Prefix begins the names of the namespaces: PREFIX-be1. It has letters and
	// digits alone, so that no network's is the beginning of another's names.
	Prefix string
	Subnet netip.Prefix
	Hosts  []Host
}

// A Host is one machine. AWS is a host too: it has the subnet's first address,
// which the others have as their router, and the metadata's.
type Host struct {
	Name    string
	MAC     string
	Address netip.Addr
}

// AWS is the name of the host where EC2's endpoint and the metadata are.
const AWS = "aws"

// Metadata is the address of the instance metadata service.
var Metadata = netip.AddrFrom4([4]byte{169, 254, 169, 254})

// AWSMAC is the address of that host's interface.
const AWSMAC = "02:00:00:00:00:01"

// A Network is up until Down.
type Network struct {
	config Config

	// mu orders changes of the fabric.
	mu sync.Mutex
	// routes are who has which address.
	routes map[netip.Addr]string
}

// Up makes the network. Leftovers of one with the same prefix are removed
// first.
func Up(c Config) (*Network, error) {
	c.Hosts = append([]Host{{AWS, AWSMAC, c.Subnet.Masked().Addr().Next()}}, c.Hosts...)
	if err := c.validate(); err != nil {
		return nil, err
	}
	if err := Sweep(c.Prefix); err != nil {
		return nil, err
	}
	n := &Network{config: c, routes: map[netip.Addr]string{}}
	if err := n.up(); err != nil {
		return nil, errors.Join(err, n.Down())
	}
	return n, nil
}

// Down removes everything. Processes in the hosts' namespaces must have ended;
// the error names those that have not.
func (n *Network) Down() error { return Sweep(n.config.Prefix) }

func (c Config) validate() error {
	if err := checkPrefix(c.Prefix); err != nil {
		return err
	}
	if !c.Subnet.IsValid() {
		return errors.New("network: a subnet is needed")
	}
	seen := map[string]bool{}
	for _, h := range c.Hosts {
		if h.Name == "" || len(port(h.Name)) > maxInterface {
			return fmt.Errorf("network: host name %q is empty or longer than %d", h.Name, maxInterface-1)
		}
		if _, err := net.ParseMAC(h.MAC); err != nil {
			return fmt.Errorf("network: host %s: %w", h.Name, err)
		}
		if !c.Subnet.Contains(h.Address) {
			return fmt.Errorf("network: host %s: %s is not in %s", h.Name, h.Address, c.Subnet)
		}
		for _, id := range []string{h.Name, h.MAC, h.Address.String()} {
			if seen[id] {
				return fmt.Errorf("network: %s is there twice", id)
			}
			seen[id] = true
		}
	}
	return nil
}

func checkPrefix(prefix string) error {
	word := func(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' }
	if prefix == "" || strings.ContainsFunc(prefix, func(r rune) bool { return !word(r) }) {
		return fmt.Errorf("network: the prefix %q is not one of letters and digits", prefix)
	}
	return nil
}

// maxInterface is the length of the longest name of an interface.
const maxInterface = 15

// port is the name of the bridge's end of a host's cable.
func port(host string) string { return "v" + host }

// known is an error if there is no such host.
func (n *Network) known(host string) error {
	if !slices.ContainsFunc(n.config.Hosts, func(h Host) bool { return h.Name == host }) {
		return fmt.Errorf("network: no host is called %q", host)
	}
	return nil
}

func (n *Network) up() error {
	if err := n.makeBridge(); err != nil {
		return err
	}
	for _, h := range n.config.Hosts {
		if err := n.makeHost(h); err != nil {
			return err
		}
		n.routes[h.Address] = h.MAC
	}
	return n.makeFabric()
}

// makeBridge makes the namespace with the bridge, which learns nothing from
// whatever else is on the machine.
func (n *Network) makeBridge() error {
	if err := n.makeNamespace(bridge); err != nil {
		return err
	}
	return errors.Join(
		ip("-n", n.namespace(bridge), "link", "add", "br0", "type", "bridge", "stp_state", "0", "forward_delay", "0"),
		ip("-n", n.namespace(bridge), "link", "set", "br0", "up"),
	)
}

// makeHost makes a host's namespace, and the cable between it and the bridge.
func (n *Network) makeHost(h Host) error {
	ns, lab := n.namespace(h.Name), n.namespace(bridge)
	return errors.Join(
		n.makeNamespace(h.Name),
		ip("-n", lab, "link", "add", port(h.Name), "type", "veth", "peer", "name", "eth0", "netns", ns, "address", h.MAC),
		ip("-n", lab, "link", "set", port(h.Name), "master", "br0", "up"),
		n.configure(h),
	)
}

// makeNamespace makes one in which interfaces are quiet from the first.
func (n *Network) makeNamespace(host string) error {
	if err := ip("netns", "add", n.namespace(host)); err != nil {
		return err
	}
	return n.quiet(host)
}

// configure gives a host that has its interface its address and routes.
func (n *Network) configure(h Host) error {
	ns := n.namespace(h.Name)
	address := netip.PrefixFrom(h.Address, n.config.Subnet.Bits()).String()
	steps := [][]string{
		{"-n", ns, "link", "set", "lo", "up"},
		{"-n", ns, "address", "add", address, "dev", "eth0"},
		{"-n", ns, "link", "set", "eth0", "up"},
	}
	if h.Name == AWS {
		steps = append(steps, []string{"-n", ns, "address", "add", Metadata.String() + "/32", "dev", "eth0"})
	} else {
		steps = append(steps,
			[]string{"-n", ns, "route", "add", "default", "via", n.config.Hosts[0].Address.String()},
			[]string{"-n", ns, "route", "add", Metadata.String() + "/32", "dev", "eth0"})
	}
	for _, step := range steps {
		if err := ip(step...); err != nil {
			return err
		}
	}
	return nil
}
