package network

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// makeFabric is what makes a bridge a VPC. Frames enter at prerouting: from an
// address of the subnet only if the sender has it, in ARP as in IP; then they go
// to whoever has the target, by rewriting the MAC address that the sender's ARP
// cache, right or stale, gave them. Addresses that nobody has lead nowhere. There
// is no multicast, no broadcast but ARP's, and no IPv6.
func (n *Network) makeFabric() error {
	var rules strings.Builder
	fmt.Fprintf(&rules, `table bridge fabric {
	map owner { type ipv4_addr : ether_addr; }
	set owned { type ipv4_addr . ether_addr; }
	set cut { type ifname . ifname; }
	set unplugged { type ifname; }
	chain enter {
		type filter hook prerouting priority dstnat; policy drop;
		iifname @unplugged drop
		arp saddr ip %[1]s arp saddr ip . arp saddr ether != @owned drop
		arp saddr ip %[1]s arp saddr ip . ether saddr != @owned drop
		ether type arp accept
		ip saddr %[1]s ip saddr . ether saddr != @owned drop
		ip daddr %[1]s ether daddr set ip daddr map @owner accept
		ip daddr %[1]s drop
		ip daddr { 224.0.0.0/4, 255.255.255.255 } drop
		ether type ip accept
	}
	chain through {
		type filter hook forward priority filter; policy accept;
		iifname . oifname @cut drop
		oifname @unplugged drop
	}
}
`, n.config.Subnet.Masked())
	for _, h := range n.config.Hosts {
		rules.WriteString(claim(h.Address, h.MAC))
	}
	return n.nft(rules.String())
}

func claim(a netip.Addr, mac string) string {
	return fmt.Sprintf("add element bridge fabric owner { %[1]s : %[2]s }\nadd element bridge fabric owned { %[1]s . %[2]s }\n", a, mac)
}

func disclaim(a netip.Addr, mac string) string {
	return fmt.Sprintf("delete element bridge fabric owner { %[1]s : %[2]s }\ndelete element bridge fabric owned { %[1]s . %[2]s }\n", a, mac)
}

// nft changes the fabric in one transaction.
func (n *Network) nft(script string) error {
	return tool([]byte(script), "nsenter", "--net="+n.Path(bridge), "--", "nft", "-f", "-")
}

// Route gives a secondary address to the interface with this MAC: from one frame
// to the next, and to nobody else.
func (n *Network) Route(a netip.Addr, mac string) error {
	if !n.config.Subnet.Contains(a) {
		return fmt.Errorf("network: %s is not in %s", a, n.config.Subnet)
	}
	if _, err := net.ParseMAC(mac); err != nil {
		return fmt.Errorf("network: route %s: %w", a, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	script := claim(a, mac)
	if before, ok := n.routes[a]; ok {
		script = disclaim(a, before) + script
	}
	if err := n.nft(script); err != nil {
		return err
	}
	n.routes[a] = mac
	return nil
}

// Unroute takes an address from whoever has it.
func (n *Network) Unroute(a netip.Addr) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	mac, ok := n.routes[a]
	if !ok {
		return nil
	}
	if err := n.nft(disclaim(a, mac)); err != nil {
		return err
	}
	delete(n.routes, a)
	return nil
}
