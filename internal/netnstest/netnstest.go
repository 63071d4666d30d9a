// Package netnstest gives tests hosts that have nothing but a network of their
// own: namespaces on one link, with real interfaces, ARP, routing and nftables.
// They have no names, so nothing stays behind when a test binary is killed.
package netnstest

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Host is a network namespace with a thread inside.
type Host struct {
	Address netip.Addr // its own on the link, of a /24
	Device  string

	tb    testing.TB
	calls chan func()
	ns    *os.File
}

// Pair returns two hosts on one link: 10.9.0.1 and 10.9.0.2, both on "eth0".
func Pair(tb testing.TB) (a, b *Host) {
	tb.Helper()
	if os.Geteuid() != 0 {
		tb.Fatal("netnstest: network namespaces need root")
	}
	a, b = newHost(tb, 1), newHost(tb, 2)
	link := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: a.Device},
		PeerName:      b.Device,
		PeerNamespace: netlink.NsFd(int(b.ns.Fd())),
	}
	a.Do(func() error { return netlink.LinkAdd(link) })
	a.up()
	b.up()
	a.awaitCarrier()
	b.awaitCarrier()
	return a, b
}

// awaitCarrier waits for the kernel to tell that the link works, which it does
// up to a second late.
func (h *Host) awaitCarrier() {
	h.tb.Helper()
	h.Do(func() error {
		updates, done := make(chan netlink.LinkUpdate), make(chan struct{})
		defer close(done)
		if err := netlink.LinkSubscribeWithOptions(updates, done, netlink.LinkSubscribeOptions{ListExisting: true}); err != nil {
			return err
		}
		timeout := time.After(10 * time.Second)
		for {
			select {
			case u := <-updates:
				if u.Attrs().Name == h.Device && u.Attrs().OperState == netlink.OperUp {
					return nil
				}
			case <-timeout:
				return fmt.Errorf("%s does not come up", h.Device)
			}
		}
	})
}

func newHost(tb testing.TB, last byte) *Host {
	tb.Helper()
	h := &Host{
		Address: netip.AddrFrom4([4]byte{10, 9, 0, last}),
		Device:  "eth0",
		tb:      tb,
		calls:   make(chan func()),
	}
	started := make(chan error)
	go h.live(started)
	if err := <-started; err != nil {
		tb.Fatalf("netnstest: new network namespace: %v", err)
	}
	tb.Cleanup(func() { close(h.calls); _ = h.ns.Close() })
	return h
}

// live keeps the thread of a host: it is never given back to Go, which would
// run other goroutines in the namespace.
func (h *Host) live(started chan<- error) {
	runtime.LockOSThread()
	err := unix.Unshare(unix.CLONE_NEWNET)
	if err == nil {
		h.ns, err = os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
	}
	started <- err
	if err != nil {
		return
	}
	for call := range h.calls {
		call()
	}
}

func (h *Host) up() {
	h.tb.Helper()
	h.Do(func() error {
		for name, prefix := range map[string]netip.Prefix{"lo": {}, h.Device: netip.PrefixFrom(h.Address, 24)} {
			link, err := netlink.LinkByName(name)
			if err != nil {
				return err
			}
			if err := netlink.LinkSetUp(link); err != nil {
				return err
			}
			if !prefix.IsValid() {
				continue
			}
			address, err := netlink.ParseAddr(prefix.String())
			if err != nil {
				return err
			}
			if err := netlink.AddrAdd(link, address); err != nil {
				return err
			}
		}
		return nil
	})
}

// Do runs f inside the host and fails the test with its error. What f starts by
// itself, goroutines too, is outside; sockets that it opens stay inside.
func (h *Host) Do(f func() error) {
	h.tb.Helper()
	if err := h.Try(f); err != nil {
		h.tb.Fatalf("netnstest: on %s: %v", h.Address, err)
	}
}

// Try runs f inside the host and returns its error.
func (h *Host) Try(f func() error) error {
	done := make(chan error, 1)
	h.calls <- func() { done <- f() }
	return <-done
}

// Start starts a command inside the host. It dies with the host's thread, and
// so with the test.
func (h *Host) Start(c *exec.Cmd) {
	h.tb.Helper()
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	h.Do(c.Start)
}

// Output runs a command inside the host and returns what it said.
func (h *Host) Output(name string, args ...string) string {
	h.tb.Helper()
	var out []byte
	h.Do(func() error {
		var err error
		if out, err = exec.Command(name, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s %v: %w: %s", name, args, err, out)
		}
		return nil
	})
	return string(out)
}

// Deafen makes the host lose what an address sends it, until Hear.
func (h *Host) Deafen(from netip.Addr) {
	h.tb.Helper()
	h.Output("nft", fmt.Sprintf("add table ip deaf; add chain ip deaf in { type filter hook prerouting priority -350; }; add rule ip deaf in ip saddr %s drop", from))
}

// Hear undoes every Deafen.
func (h *Host) Hear() {
	h.tb.Helper()
	h.Output("nft", "delete table ip deaf")
}
