// Package capture collects the frames that come in on an interface from one
// address, for tests and labs that want to know what a host has sent.
package capture

import (
	"context"
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

// A Frame is one of Ethernet, as it came in.
type Frame struct {
	// Time is the kernel's, when it took the frame off the cable: the real-time
	// clock, comparable with time.Now in any process of this machine.
	Time      time.Time
	Host      string // who sent it, as Open was told
	MAC       net.HardwareAddr
	Protocol  Protocol
	Operation uint16 // of ARP
	Target    netip.Addr
	Length    int    // of the whole frame, in bytes
	Payload   []byte // of UDP: the first bytes of it
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

// A Capture collects.
type Capture struct {
	host     string
	file     *os.File
	stopping chan struct{}
	done     chan struct{}

	mu     sync.Mutex
	frames []Frame
	more   chan struct{} // closed when there are more, or none will be
	err    error
}

// Open begins with the next frame that comes in on an interface in the network
// of the calling thread. It sees IPv4 from an address, whatever the MAC address,
// and ARP that claims it. host is what frames say of whom they are.
func Open(interfaceName, host string, from netip.Addr) (*Capture, error) {
	if !from.Is4() {
		return nil, fmt.Errorf("capture: %s is not an IPv4 address", from)
	}
	fd, err := openSocket(interfaceName, from)
	if err != nil {
		return nil, fmt.Errorf("capture: open %s: %w", interfaceName, err)
	}
	c := &Capture{
		host: host, file: os.NewFile(uintptr(fd), "capture"),
		stopping: make(chan struct{}), done: make(chan struct{}), more: make(chan struct{}),
	}
	go c.run()
	return c, nil
}

// Frames are those until now, oldest first.
func (c *Capture) Frames() []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.frames)
}

// Await waits until what came is enough, and returns it.
func (c *Capture) Await(ctx context.Context, enough func([]Frame) bool) ([]Frame, error) {
	for {
		c.mu.Lock()
		frames, more := slices.Clone(c.frames), c.more
		c.mu.Unlock()
		if enough(frames) {
			return frames, nil
		}
		select {
		case <-more:
		case <-c.done:
			return frames, fmt.Errorf("capture: it ended with %d frames of %s: %w", len(frames), c.host, c.err)
		case <-ctx.Done():
			return frames, fmt.Errorf("capture: %d frames came from %s: %w", len(frames), c.host, ctx.Err())
		}
	}
}

// Stop ends the capture and returns its frames. The error says if some were
// lost, so that their absence proves nothing.
func (c *Capture) Stop() ([]Frame, error) {
	lost, err := c.lost()
	close(c.stopping)
	_ = c.file.Close()
	<-c.done
	if lost > 0 {
		err = errors.Join(err, fmt.Errorf("capture: lost %d frames from %s", lost, c.host))
	}
	return c.Frames(), errors.Join(err, c.err)
}

func (c *Capture) run() {
	defer close(c.done)
	raw, err := c.file.SyscallConn()
	for err == nil {
		var f Frame
		var failed error
		err = raw.Read(func(fd uintptr) bool {
			f, failed = receive(int(fd))
			return !errors.Is(failed, unix.EAGAIN)
		})
		if err == nil {
			err = failed
		}
		if err == nil {
			f.Host = c.host
			c.add(f)
		}
	}
	select {
	case <-c.stopping: // the file was closed
	default:
		c.err = fmt.Errorf("capture: frames from %s: %w", c.host, err)
	}
}

func (c *Capture) add(f Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, f)
	close(c.more)
	c.more = make(chan struct{})
}
