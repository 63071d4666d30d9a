package link

import (
	"net/netip"
	"time"
)

// NewClientWithin is NewClient with another time in which a connection is made
// or given up, so that a test does not depend on how fast this machine makes one.
func (i *Identity) NewClientWithin(name string, at netip.AddrPort, within time.Duration) *Client {
	return i.newClient(name, at, within)
}
