package vip_test

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/netnstest"
	"tournant/internal/vip"
)

func devices(t *testing.T, host *netnstest.Host, a *vip.Address) []string {
	t.Helper()
	var names []string
	host.Do(func() (err error) { names, err = a.Devices(); return err })
	return names
}

func TestAddress(t *testing.T) {
	t.Parallel()
	host, _ := netnstest.Pair(t)
	a := onDevice(t, host)
	host.Do(a.Remove)
	for range 2 {
		host.Do(a.Add)
		if diff := cmp.Diff([]string{"eth0"}, devices(t, host, a)); diff != "" {
			t.Error(diff)
		}
	}
	if shown := host.Output("ip", "addr", "list", "dev", "eth0"); !strings.Contains(shown, "inet 10.9.0.9/32 scope global eth0:vip") {
		t.Errorf("ip shows no alias:\n%s", shown)
	}

	// The cloud's scripts added it, their way, and on another interface, too.
	host.Do(a.Remove)
	host.Output("ip", "addr", "add", "10.9.0.9/24", "dev", "eth0")
	host.Output("ip", "addr", "add", "10.9.0.9/32", "dev", "lo")
	if diff := cmp.Diff([]string{"eth0", "lo"}, devices(t, host, a)); diff != "" {
		t.Error(diff)
	}
	for range 2 {
		host.Do(a.Remove)
		if got := devices(t, host, a); got != nil {
			t.Errorf("left on %v", got)
		}
	}
	if own := host.Output("ip", "-o", "addr"); strings.Count(own, "10.9.0.1/24") != 1 || !strings.Contains(own, "127.0.0.1/8") {
		t.Errorf("the host's own addresses are touched:\n%s", own)
	}
}

func TestAddressWithoutInterface(t *testing.T) {
	t.Parallel()
	host, _ := netnstest.Pair(t)
	a, err := vip.NewAddress(address, "eth7")
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Try(a.Add); err == nil || !strings.Contains(err.Error(), "eth7") {
		t.Errorf("added to an interface that is not there: %v", err)
	}
	host.Output("ip", "link", "set", "eth0", "down")
	if err := host.Try(onDevice(t, host).Add); err == nil || !strings.Contains(err.Error(), "down") {
		t.Errorf("added to an interface that is down: %v", err)
	}
}

// TestAnnounce: both forms arrive, and the neighbour sends to the new place.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	host, client := netnstest.Pair(t)
	heard := client.Capture(address)
	client.Output("ip", "neigh", "add", "10.9.0.9", "lladdr", "02:00:00:00:00:99", "dev", "eth0", "nud", "stale")
	a := onDevice(t, host)
	var lease *vip.Lease
	host.Do(func() (err error) { lease, err = vip.NewLease(address); return err })
	host.Do(a.Add)
	if err := host.Try(func() error { return a.Announce(lease) }); !errors.Is(err, vip.ErrNoLease) {
		t.Errorf("announced without a lease: %v", err)
	}
	host.Do(func() error { return hold(lease, time.Minute) })
	host.Do(func() error { return a.Announce(lease) })
	frames, err := heard.Await(func(frames []netnstest.Frame) bool { return len(frames) >= 4 })
	if err != nil {
		t.Fatal(err)
	}
	var mac net.HardwareAddr
	host.Do(func() error {
		device, err := net.InterfaceByName("eth0")
		if err == nil {
			mac = device.HardwareAddr
		}
		return err
	})
	var operations []uint16
	for _, f := range frames {
		operations = append(operations, f.Operation)
		if f.MAC.String() != mac.String() {
			t.Errorf("from %s, want %s", f.MAC, mac)
		}
	}
	if diff := cmp.Diff([]uint16{1, 2, 1, 2}, operations); diff != "" {
		t.Error(diff)
	}
	await(t, func() bool {
		return strings.Contains(client.Output("ip", "neigh", "show", "10.9.0.9"), mac.String())
	})
}

// TestReset: clients hear at once that their connection is gone, be the
// listener one of IPv4 or of both; listeners stay.
func TestReset(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{address.String() + ":0", "[::]:0"} {
		s := serve(t)
		s.host.Do(func() error { return hold(s.lease, time.Minute) })
		_, client := s.connect(t, listen)
		var other net.Listener
		s.host.Do(func() (err error) { other, err = net.Listen("tcp4", address.String()+":0"); return err })
		defer other.Close()

		s.host.Do(func() error { return vip.Reset(address) })
		if err := client.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: the client sees %v, want a reset", listen, err)
		}
		s.client.Do(func() error {
			c, err := net.Dial("tcp4", other.Addr().String())
			if err == nil {
				c.Close()
			}
			return err
		})
	}
}
