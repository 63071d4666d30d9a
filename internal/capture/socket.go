package capture

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

func openSocket(interfaceName string, from netip.Addr) (int, error) {
	i, err := net.InterfaceByName(interfaceName)
	if err != nil {
		return 0, err
	}
	// Protocol 0: nothing comes before the filter is there.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return 0, err
	}
	filter := sentFrom(from)
	if err := errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ALL), Ifindex: i.Index}),
	); err != nil {
		return 0, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

func bigEndian(v uint16) uint16 { return v<<8 | v>>8 }

// sentFrom is a program for the kernel that keeps frames which the interface
// received, from a: in IPv4 the sender is at offset 26, in ARP at 28.
func sentFrom(a netip.Addr) []unix.SockFilter {
	address := binary.BigEndian.Uint32(a.AsSlice())
	const (
		loadHalf = unix.BPF_LD | unix.BPF_H | unix.BPF_ABS
		loadWord = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal    = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		keep     = unix.BPF_RET | unix.BPF_K
		// packetType is an offset that stands for which way the frame went.
		packetType = 0xfffff004
		whole      = 1 << 18
	)
	return []unix.SockFilter{
		{Code: loadWord, K: packetType},
		{Code: equal, K: unix.PACKET_OUTGOING, Jt: 7},
		{Code: loadHalf, K: 12},
		{Code: equal, K: unix.ETH_P_ARP, Jt: 3},
		{Code: equal, K: unix.ETH_P_IP, Jf: 4},
		{Code: loadWord, K: 26},
		{Code: equal, K: address, Jt: 3, Jf: 2},
		{Code: loadWord, K: 28},
		{Code: equal, K: address, Jt: 1},
		{Code: keep, K: 0},
		{Code: keep, K: whole},
	}
}

// lost is how many frames the socket had no room for.
func (c *Capture) lost() (uint32, error) {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var stats *unix.TpacketStats
	var failed error
	if err := raw.Control(func(fd uintptr) {
		stats, failed = unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS)
	}); err != nil || failed != nil {
		return 0, errors.Join(err, failed)
	}
	return stats.Drops, nil
}

// beginning is how much of a frame is read, in bytes.
const beginning = 256

func receive(fd int) (Frame, error) {
	var b [beginning]byte // what a short frame leaves out is zero
	var control [128]byte
	n, nControl, _, _, err := unix.Recvmsg(fd, b[:], control[:], unix.MSG_TRUNC)
	if err != nil {
		return Frame{}, err
	}
	f := Frame{Length: n, MAC: slices.Clone(b[6:12])}
	if f.Time, err = timestamp(control[:nControl]); err != nil {
		return Frame{}, err
	}
	if binary.BigEndian.Uint16(b[12:]) == unix.ETH_P_ARP {
		f.Protocol, f.Operation, f.Target = ARP, binary.BigEndian.Uint16(b[20:]), netip.AddrFrom4([4]byte(b[38:42]))
		return f, nil
	}
	f.Protocol, f.Target = Protocol(b[23]), netip.AddrFrom4([4]byte(b[30:34]))
	if f.Protocol == UDP {
		f.Payload = payload(b[14:min(n, beginning)])
	}
	return f, nil
}

// payload is UDP's in an IPv4 packet, or the beginning of it.
func payload(packet []byte) []byte {
	const ports = 8 // and length and checksum
	header := int(packet[0]&15) * 4
	if len(packet) < header+ports {
		return nil
	}
	end := header + int(binary.BigEndian.Uint16(packet[header+4:]))
	return slices.Clone(packet[header+ports : max(header+ports, min(end, len(packet)))])
}

func timestamp(control []byte) (time.Time, error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return time.Time{}, err
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16 {
			return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:]))), nil
		}
	}
	return time.Time{}, errors.New("a frame came without its time")
}
