package vip

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// ErrNoLease is returned where something would leave from the VIP without one.
var ErrNoLease = errors.New("vip: there is no lease")

// rounds is how often an announcement is sent: it is not acknowledged.
const rounds = 2

// Announce tells the neighbours by gratuitous ARP (RFC 5227, 3) where the VIP
// is now, as a question and as an answer, since some heed one of them alone. In
// a VPC nobody listens; elsewhere nobody would come here without. What packet
// sockets send passes no table of the lease, so it is asked for first.
func (a *Address) Announce(l *Lease) error {
	if l.Remaining() == 0 {
		return ErrNoLease
	}
	device, err := net.InterfaceByName(a.device)
	if err != nil {
		return fmt.Errorf("vip: announce %s: %w", a.vip, err)
	}
	if len(device.HardwareAddr) != 6 {
		return nil // no Ethernet: there are no such neighbours
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("vip: announce %s: %w", a.vip, err)
	}
	defer func() { _ = unix.Close(fd) }()
	to := &unix.SockaddrLinklayer{Ifindex: device.Index, Protocol: htons(unix.ETH_P_ARP), Halen: 6, Addr: [8]byte{255, 255, 255, 255, 255, 255}}
	for range rounds {
		for _, operation := range []uint16{arpRequest, arpReply} {
			if err := unix.Sendto(fd, gratuitous(operation, device.HardwareAddr, a.vip), 0, to); err != nil {
				return fmt.Errorf("vip: announce %s on %s: %w", a.vip, a.device, err)
			}
		}
	}
	return nil
}

// ARP's operations (RFC 826).
const (
	arpRequest = 1
	arpReply   = 2
)

// gratuitous is an ARP packet in which the VIP asks for, or answers, itself.
func gratuitous(operation uint16, mac net.HardwareAddr, vip netip.Addr) []byte {
	p := binary.BigEndian.AppendUint16(nil, 1)          // Ethernet
	p = binary.BigEndian.AppendUint16(p, unix.ETH_P_IP) //
	p = append(p, 6, 4)                                 // lengths of addresses
	p = binary.BigEndian.AppendUint16(p, operation)     //
	p = append(append(p, mac...), vip.AsSlice()...)     // sender
	target := net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	if operation == arpReply {
		target = mac
	}
	return append(append(p, target...), vip.AsSlice()...)
}

// htons is the byte order that packet sockets want.
func htons(v uint16) uint16 { return v<<8 | v>>8 }
