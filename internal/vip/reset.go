package vip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Reset ends every TCP connection to the VIP, as `ss -K` does: their peers get
// an RST, if there is a lease, and connect again at once instead of waiting for
// answers that never come. Listeners stay. A kernel without
// CONFIG_INET_DIAG_DESTROY makes it an error; then clients learn of the move
// from the new primary, which knows nothing of their connections.
func Reset(vip netip.Addr) error {
	var errs []error
	// A server that listens for IPv6, too, has its IPv4 connections there.
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		sockets, err := netlink.SocketDiagTCP(family)
		if err != nil {
			errs = append(errs, fmt.Errorf("vip: list connections: %w", err))
			continue
		}
		for _, s := range sockets {
			source, ok := netip.AddrFromSlice(s.ID.Source)
			if !ok || source.Unmap() != vip || s.State == netlink.TCP_LISTEN {
				continue
			}
			errs = append(errs, destroy(s))
		}
	}
	return errors.Join(errs...)
}

func destroy(s *netlink.Socket) error {
	local := &net.TCPAddr{IP: s.ID.Source, Port: int(s.ID.SourcePort)}
	remote := &net.TCPAddr{IP: s.ID.Destination, Port: int(s.ID.DestinationPort)}
	err := netlink.SocketDestroy(local, remote)
	if err == nil || errors.Is(err, unix.ENOENT) { // ended by itself
		return nil
	}
	if s.State == netlink.TCP_TIME_WAIT && errors.Is(err, unix.EOPNOTSUPP) {
		return nil // older kernels cannot end what has no socket any more
	}
	return fmt.Errorf("vip: reset the connection with %s: %w", remote, err)
}
