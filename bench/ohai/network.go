package ohai

import "strconv"

func (b *builder) network() {
	b.object("network", func() {
		b.strings("default_interface", "eth0", "default_gateway", "10.0.0.1")
		b.object("interfaces", func() {
			b.object("lo", b.loopback)
			b.object("eth0", b.ethernet)
		})
	})
}

func (b *builder) loopback() {
	b.strings("mtu", "65536", "encapsulation", "Loopback", "state", "unknown")
	b.list("flags", "LOOPBACK", "UP", "LOWER_UP")
	b.object("addresses", func() {
		b.object("127.0.0.1", func() {
			b.strings("family", "inet", "prefixlen", "8", "netmask", "255.0.0.0", "scope", "Node")
		})
	})
}

func (b *builder) ethernet() {
	b.strings("type", "eth", "number", "0", "mtu", "1500", "encapsulation", "Ethernet", "state", "up")
	b.list("flags", "BROADCAST", "MULTICAST", "UP", "LOWER_UP")
	b.object("addresses", func() {
		b.addressed(func(dst []byte, n *Node) []byte { return n.appendMAC(dst, ":") }, func() {
			b.string("family", "lladdr")
		})
		b.addressed(func(dst []byte, n *Node) []byte { return n.appendAddress(dst) }, func() {
			b.strings("family", "inet", "prefixlen", "8", "netmask", "255.0.0.0", "broadcast", "10.255.255.255",
				"scope", "Global")
		})
	})
	b.object("arp", func() {
		for i := range 6 {
			b.gauge("10.0.0."+strconv.Itoa(1+i), `"00:16:3e:5a:1f:`, 10, 89, `"`)
		}
	})
}

// addressed writes an object whose key depends on the node.
func (b *builder) addressed(key func(dst []byte, n *Node) []byte, fields func()) {
	b.separate()
	b.text = append(b.text, '"')
	b.slot(func(dst []byte, n *Node, _ int64) []byte { return key(dst, n) })
	b.text = append(b.text, '"', ':')
	b.braces(fields)
}

func (b *builder) counters() {
	b.object("counters", func() {
		b.object("network", func() {
			b.object("interfaces", func() {
				b.object("lo", b.traffic)
				b.object("eth0", b.traffic)
			})
		})
	})
}

func (b *builder) traffic() {
	for _, direction := range [...]string{"rx", "tx"} {
		b.object(direction, func() {
			b.count("bytes", 11)
			b.count("packets", 9)
			b.count("drop", 3)
			b.strings("errors", "0", "overrun", "0")
		})
	}
}
