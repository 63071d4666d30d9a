package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A Frame is one that a host sent, as it came out of the host: before the
// fabric dropped it or passed it on.
type Frame struct {
	// Time is the kernel's, when it took the frame off the cable: the real-time
	// clock, comparable with time.Now in any process of this machine.
	Time     time.Time
	Host     string
	Protocol Protocol
	Target   netip.Addr
	// Length is the whole frame's, in bytes.
	Length int
}

// A Protocol is IP's number for what is in a frame, or ARP.
type Protocol int

// The protocols that have a name here.
const (
	ARP  Protocol = -1
	ICMP Protocol = unix.IPPROTO_ICMP
	TCP  Protocol = unix.IPPROTO_TCP
	UDP  Protocol = unix.IPPROTO_UDP
)

// A Capture collects the frames that a host sends from an address.
type Capture struct {
	host     string
	file     *os.File
	stopping chan struct{}
	done     chan struct{}

	mu     sync.Mutex
	frames []Frame
	err    error
}

// Capture begins with the next frame. It sees IPv4 from that address, whatever
// the MAC address, and ARP that claims it.
func (n *Network) Capture(host string, from netip.Addr) (*Capture, error) {
	if err := n.known(host); err != nil {
		return nil, err
	}
	if !from.Is4() {
		return nil, fmt.Errorf("network: capture from %s: not an IPv4 address", from)
	}
	var fd int
	err := n.Do(bridge, func() (err error) {
		fd, err = openCapture(port(host), from)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("network: capture from %s: %w", host, err)
	}
	c := &Capture{host: host, file: os.NewFile(uintptr(fd), "capture"), stopping: make(chan struct{}), done: make(chan struct{})}
	go c.run()
	return c, nil
}

func openCapture(interfaceName string, from netip.Addr) (int, error) {
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
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 16<<20),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ALL), Ifindex: i.Index}),
	); err != nil {
		return 0, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

func bigEndian(v uint16) uint16 { return v<<8 | v>>8 }

// headers is how much of a frame is read.
const headers = 64

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

// Frames are those until now, oldest first.
func (c *Capture) Frames() []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.frames)
}

// Stop ends the capture and returns its frames. The error says if some were
// lost, so that their absence proves nothing.
func (c *Capture) Stop() ([]Frame, error) {
	lost, err := c.lost()
	close(c.stopping)
	_ = c.file.Close()
	<-c.done
	if lost > 0 {
		err = errors.Join(err, fmt.Errorf("network: capture from %s lost %d frames", c.host, lost))
	}
	return c.Frames(), errors.Join(err, c.err)
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

func (c *Capture) run() {
	defer close(c.done)
	raw, err := c.file.SyscallConn()
	for err == nil {
		var f Frame
		var failed error
		err = raw.Read(func(fd uintptr) bool {
			f, failed = c.receive(int(fd))
			return !errors.Is(failed, unix.EAGAIN)
		})
		if err == nil {
			err = failed
		}
		if err == nil {
			c.mu.Lock()
			c.frames = append(c.frames, f)
			c.mu.Unlock()
		}
	}
	select {
	case <-c.stopping: // the file was closed
	default:
		c.err = fmt.Errorf("network: capture from %s: %w", c.host, err)
	}
}

func (c *Capture) receive(fd int) (Frame, error) {
	var b [headers]byte
	var control [128]byte
	n, nControl, _, _, err := unix.Recvmsg(fd, b[:], control[:], unix.MSG_TRUNC)
	if err != nil {
		return Frame{}, err
	}
	f := Frame{Host: c.host, Length: n}
	if f.Time, err = timestamp(control[:nControl]); err != nil {
		return Frame{}, err
	}
	if binary.BigEndian.Uint16(b[12:]) == unix.ETH_P_ARP {
		f.Protocol, f.Target = ARP, netip.AddrFrom4([4]byte(b[38:42]))
	} else {
		f.Protocol, f.Target = Protocol(b[23]), netip.AddrFrom4([4]byte(b[30:34]))
	}
	return f, nil
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
