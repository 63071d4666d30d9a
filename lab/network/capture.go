package network

import (
	"net/netip"

	"tournant/internal/capture"
)

// What a host sends.
type (
	// A Frame is one that a host sent, as it came out of the host: before the
	// fabric dropped it or passed it on.
	Frame = capture.Frame
	// A Capture collects the frames that a host sends from an address.
	Capture = capture.Capture
)

// The protocols that are told apart.
const (
	ARP = capture.ARP
	TCP = capture.TCP
)

// Capture begins with the next frame. It sees IPv4 from that address, whatever
// the MAC address, and ARP that claims it.
func (n *Network) Capture(host string, from netip.Addr) (*Capture, error) {
	if err := n.known(host); err != nil {
		return nil, err
	}
	var c *Capture
	err := n.Do(bridge, func() (err error) {
		c, err = capture.Open(port(host), host, from)
		return err
	})
	return c, err
}
