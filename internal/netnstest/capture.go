package netnstest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tournant/internal/boottime"
)

// Frame is what came in on a host's link.
type Frame struct {
	At        boottime.Time // when the kernel got it
	Operation uint16        // of ARP; 0 if it is IPv4
	MAC       net.HardwareAddr
	Protocol  byte   // of IPv4
	Payload   []byte // of UDP
}

// Capture collects what a host's link brings from one address.
type Capture struct {
	from netip.Addr
	fd   int
	// offset is CLOCK_BOOTTIME less CLOCK_REALTIME, in which the kernel stamps.
	offset time.Duration

	mu     sync.Mutex
	frames []Frame
	more   chan struct{} // closed when there are more
}

// Capture starts to collect what comes in from an address, by IPv4 or ARP, until
// the test ends.
func (h *Host) Capture(from netip.Addr) *Capture {
	h.tb.Helper()
	c := &Capture{from: from, offset: time.Duration(boottime.Now()) - time.Duration(time.Now().UnixNano()), more: make(chan struct{})}
	h.Do(func() (err error) {
		c.fd, err = packetSocket(h.Device)
		return err
	})
	var done sync.WaitGroup
	stop := make(chan struct{})
	done.Go(func() { c.collect(stop) })
	h.tb.Cleanup(func() { close(stop); done.Wait(); _ = unix.Close(c.fd) })
	return c
}

func packetSocket(device string) (int, error) {
	link, err := net.InterfaceByName(device)
	if err != nil {
		return -1, err
	}
	const all = unix.ETH_P_ALL<<8 | unix.ETH_P_ALL>>8 // in the order of the network
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 20000}),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all & 0xffff, Ifindex: link.Index}),
	)
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func (c *Capture) collect(stop <-chan struct{}) {
	frame, control := make([]byte, 65536), make([]byte, 256)
	for {
		select {
		case <-stop:
			return
		default:
		}
		n, m, _, from, err := unix.Recvmsg(c.fd, frame, control, 0)
		if err != nil {
			continue // nothing for a while
		}
		if link, ok := from.(*unix.SockaddrLinklayer); !ok || link.Pkttype == unix.PACKET_OUTGOING {
			continue
		}
		if f, ok := c.read(frame[:n]); ok {
			f.At = c.stamp(control[:m])
			c.add(f)
		}
	}
}

func (c *Capture) add(f Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, f)
	close(c.more)
	c.more = make(chan struct{})
}

// read takes an Ethernet frame if it is from the address.
func (c *Capture) read(frame []byte) (Frame, bool) {
	if len(frame) < 14+20 {
		return Frame{}, false
	}
	f := Frame{MAC: slices.Clone(frame[6:12])}
	network := frame[14:]
	switch binary.BigEndian.Uint16(frame[12:]) {
	case unix.ETH_P_ARP:
		f.Operation = binary.BigEndian.Uint16(network[6:])
		return f, len(network) >= 28 && netip.AddrFrom4([4]byte(network[14:])) == c.from
	case unix.ETH_P_IP:
		f.Protocol = network[9]
		header := int(network[0]&15) * 4
		if f.Protocol == unix.IPPROTO_UDP && len(network) >= header+8 {
			end := header + int(binary.BigEndian.Uint16(network[header+4:]))
			f.Payload = slices.Clone(network[header+8 : min(max(end, header+8), len(network))])
		}
		return f, netip.AddrFrom4([4]byte(network[12:])) == c.from
	}
	return Frame{}, false
}

func (c *Capture) stamp(control []byte) boottime.Time {
	messages, err := unix.ParseSocketControlMessage(control)
	if err == nil {
		for _, m := range messages {
			if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS {
				seconds := binary.NativeEndian.Uint64(m.Data)
				nanos := binary.NativeEndian.Uint64(m.Data[8:])
				return boottime.Time(time.Duration(seconds)*time.Second + time.Duration(nanos) + c.offset)
			}
		}
	}
	return boottime.Now()
}

// Frames are those that came so far.
func (c *Capture) Frames() []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.frames)
}

// Await waits until what came is enough, and returns it.
func (c *Capture) Await(enough func([]Frame) bool) ([]Frame, error) {
	timeout := time.After(30 * time.Second)
	for {
		c.mu.Lock()
		frames, more := slices.Clone(c.frames), c.more
		c.mu.Unlock()
		if enough(frames) {
			return frames, nil
		}
		select {
		case <-more:
		case <-timeout:
			return frames, fmt.Errorf("netnstest: only %d frames came from %s", len(frames), c.from)
		}
	}
}

// Say sends a UDP datagram from an address of the host.
func (h *Host) Say(from, to netip.Addr, text string) error {
	return h.Try(func() error {
		c, err := net.DialUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, 7)))
		if err != nil {
			return err
		}
		_, err = c.Write([]byte(text))
		return errors.Join(err, c.Close())
	})
}
