package netnstest

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"tournant/internal/boottime"
	"tournant/internal/capture"
)

// Frame is what came in on a host's link.
type Frame struct {
	capture.Frame
	At boottime.Time // when the kernel got it
}

// Capture collects what a host's link brings from one address.
type Capture struct {
	frames *capture.Capture
	// offset is CLOCK_BOOTTIME less CLOCK_REALTIME, in which the kernel stamps.
	offset time.Duration
}

// Capture starts to collect what comes in from an address, by IPv4 or ARP, until
// the test ends. None may be lost.
func (h *Host) Capture(from netip.Addr) *Capture {
	h.tb.Helper()
	c := &Capture{offset: time.Duration(boottime.Now()) - time.Duration(time.Now().UnixNano())}
	h.Do(func() (err error) {
		c.frames, err = capture.Open(h.Device, from.String(), from)
		return err
	})
	h.tb.Cleanup(func() {
		if _, err := c.frames.Stop(); err != nil {
			h.tb.Error(err)
		}
	})
	return c
}

func (c *Capture) read(frames []capture.Frame) []Frame {
	out := make([]Frame, len(frames))
	for i, f := range frames {
		out[i] = Frame{f, boottime.Time(time.Duration(f.Time.UnixNano()) + c.offset)}
	}
	return out
}

// Frames are those that came so far.
func (c *Capture) Frames() []Frame { return c.read(c.frames.Frames()) }

// Await waits until what came is enough, and returns it.
func (c *Capture) Await(enough func([]Frame) bool) ([]Frame, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	frames, err := c.frames.Await(ctx, func(frames []capture.Frame) bool { return enough(c.read(frames)) })
	return c.read(frames), err
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
