package network_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tournant/lab/network"
)

var vip = netip.MustParseAddr("172.31.24.180")

// A lab is the page's network, up for one test.
type lab struct {
	*network.Network
	t *testing.T
}

const (
	macBE1 = "02:00:00:00:00:97"
	macBE2 = "02:00:00:00:00:98"
	macFE1 = "02:00:00:00:00:47"
)

func up(t *testing.T) lab {
	t.Helper()
	prefix := fmt.Sprintf("labnet%d", os.Getpid())
	n, err := network.Up(network.Config{
		Prefix: prefix, Subnet: netip.MustParsePrefix("172.31.16.0/20"),
		Hosts: []network.Host{
			{Name: "be1", MAC: macBE1, Address: netip.MustParseAddr("172.31.24.97")},
			{Name: "be2", MAC: macBE2, Address: netip.MustParseAddr("172.31.24.98")},
			{Name: "fe1", MAC: macFE1, Address: netip.MustParseAddr("172.31.30.47")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Down(); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob("/run/netns/" + prefix + "-*"); len(left) != 0 {
			t.Errorf("still there: %v", left)
		}
	})
	return lab{n, t}
}

// serve answers every connection to an address of host with the host's name.
func (l lab) serve(host, address string) {
	l.t.Helper()
	listener, err := l.Listen(host, "tcp", address+":4000")
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, host)
			c.Close()
		}
	}()
}

// patience is how long something is waited for: what must not arrive for far
// longer than anything takes on the bridge, what must for as long as a loaded
// machine may need.
func patience(arrives bool) time.Duration {
	if arrives {
		return 20 * time.Second
	}
	return 300 * time.Millisecond
}

// ask is who answers from's connection to an address within that time, or
// "nobody".
func (l lab) ask(from, address string, patience time.Duration) string {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := l.Dial(ctx, from, "tcp", address+":4000")
	if err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() || strings.Contains(err.Error(), "no route to host") {
			return "nobody"
		}
		l.t.Errorf("%s asks %s: %v", from, address, err)
		return err.Error()
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	name, err := io.ReadAll(c)
	if err != nil && len(name) == 0 {
		return "nobody"
	}
	return string(name)
}

func (l lab) want(from, address, who string) {
	l.t.Helper()
	if got := l.ask(from, address, patience(who != "nobody")); got != who {
		l.t.Errorf("%s asks %s: %s answers, want %s", from, address, got, who)
	}
}

func (l lab) do(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// run runs a command on a host.
func (l lab) run(host, name string, args ...string) {
	l.t.Helper()
	if out, err := l.Command(context.Background(), host, name, args...).CombinedOutput(); err != nil {
		l.t.Fatalf("%s: %s %v: %v: %s", host, name, args, err, out)
	}
}

func TestHostsReachEachOther(t *testing.T) {
	l := up(t)
	l.serve("be1", "172.31.24.97")
	l.serve("aws", "169.254.169.254")
	l.serve("aws", "172.31.16.1")
	l.want("fe1", "172.31.24.97", "be1")
	l.want("aws", "172.31.24.97", "be1")
	l.want("be1", "169.254.169.254", "aws")
	l.want("be2", "172.31.16.1", "aws")
}

// A cut is of one pair and one direction. Neither end notices: the carrier
// stays.
func TestCuts(t *testing.T) {
	l := up(t)
	l.serve("be1", "172.31.24.97")
	l.serve("be2", "172.31.24.98")
	l.want("be1", "172.31.24.98", "be2")
	l.do(l.Cut("be1", "be2"))
	l.do(l.Cut("be1", "be2"))
	if l.delivers("be1", "be2", false) {
		t.Error("be1 reaches be2 through a cut")
	}
	if !l.delivers("be2", "be1", true) {
		t.Error("be2 does not reach be1, though only the other direction is cut")
	}
	l.want("fe1", "172.31.24.98", "be2")
	l.want("fe1", "172.31.24.97", "be1")
	l.do(l.Cut("be2", "be1"))
	if l.delivers("be2", "be1", false) {
		t.Error("be2 reaches be1 through a cut")
	}
	l.do(l.Join("be1", "be2"))
	l.do(l.Join("be1", "be2"))
	l.want("be1", "172.31.24.98", "be2")
	l.do(l.Part("be1", "fe1"))
	l.want("fe1", "172.31.24.97", "nobody")
	l.do(l.HealAll())
	l.want("fe1", "172.31.24.97", "be1")
	if err := l.Cut("be1", "be9"); err == nil {
		t.Error("a cut to nobody succeeded")
	}
}

// delivers is whether a datagram arrives. The sender's ARP entry is made by
// hand, since asking for it would need both directions.
func (l lab) delivers(from, to string, want bool) bool {
	l.t.Helper()
	address := map[string]string{"be1": "172.31.24.97", "be2": "172.31.24.98"}[to]
	l.run(from, "ip", "neigh", "replace", address, "lladdr", map[string]string{"be1": macBE1, "be2": macBE2}[to], "dev", "eth0")
	var in net.PacketConn
	l.do(l.Do(to, func() (err error) {
		in, err = net.ListenPacket("udp", address+":5000")
		return err
	}))
	defer in.Close()
	out, err := l.Dial(context.Background(), from, "udp", address+":5000")
	l.do(err)
	defer out.Close()
	_, err = out.Write([]byte("hello"))
	l.do(err)
	_ = in.SetReadDeadline(time.Now().Add(patience(want)))
	_, _, err = in.ReadFrom(make([]byte, 16))
	return err == nil
}

func TestUnplugged(t *testing.T) {
	l := up(t)
	l.serve("be1", "172.31.24.97")
	l.serve("fe1", "172.31.30.47")
	l.want("fe1", "172.31.24.97", "be1")
	l.do(l.Unplug("be1", true))
	l.want("fe1", "172.31.24.97", "nobody")
	l.want("be1", "172.31.30.47", "nobody")
	if carrier := l.carrier("be1"); carrier != "1" {
		t.Errorf("the carrier is %q, want 1", carrier)
	}
	l.do(l.Unplug("be1", false))
	l.want("fe1", "172.31.24.97", "be1")
	l.want("be1", "172.31.30.47", "fe1")
}

func (l lab) carrier(host string) string {
	l.t.Helper()
	out, err := l.Command(context.Background(), host, "ip", "-o", "link", "show", "eth0").Output()
	l.do(err)
	if strings.Contains(string(out), "LOWER_UP") {
		return "1"
	}
	return string(out)
}

// carryVIP puts the VIP on both backends, as after a takeover that the old
// primary has not noticed.
func (l lab) carryVIP() {
	for _, host := range []string{"be1", "be2"} {
		l.run(host, "ip", "address", "add", vip.String()+"/32", "dev", "eth0")
		l.serve(host, vip.String())
	}
}

// Where the VIP leads is what the fabric says, at once and whatever ARP says.
func TestVIPFollowsItsRoute(t *testing.T) {
	l := up(t)
	l.carryVIP()
	l.want("fe1", vip.String(), "nobody")
	// A question that nobody answered is repeated after a second only.
	l.run("fe1", "ip", "neigh", "flush", "dev", "eth0")
	for i := range 20 {
		host, mac := "be1", macBE1
		if i%2 == 1 {
			host, mac = "be2", macBE2
		}
		l.do(l.Route(vip, mac))
		l.want("fe1", vip.String(), host)
	}
	// Unrouted, it leads nowhere though fe1 has an entry for it.
	l.do(l.Unroute(vip))
	l.run("fe1", "ip", "neigh", "replace", vip.String(), "lladdr", macBE2, "dev", "eth0")
	l.want("fe1", vip.String(), "nobody")
	// Routed to one that does not carry it, it is not answered either.
	l.do(l.Route(vip, macFE1))
	l.want("be1", vip.String(), "be1") // its own address never leaves the host
	l.want("aws", vip.String(), "nobody")
}

// ARP alone moves nothing, and nobody speaks from an address that is not his.
func TestSpoofing(t *testing.T) {
	l := up(t)
	l.carryVIP()
	l.do(l.Route(vip, macBE1))
	l.want("fe1", vip.String(), "be1")
	l.announce("be2", macBE2)
	l.want("fe1", vip.String(), "be1")
	heard := func(from string, want bool) bool {
		t.Helper()
		var in net.PacketConn
		l.do(l.Do("fe1", func() (err error) {
			in, err = net.ListenPacket("udp", "172.31.30.47:5000")
			return err
		}))
		defer in.Close()
		l.do(l.Do(from, func() error {
			out, err := net.DialUDP("udp", &net.UDPAddr{IP: vip.AsSlice()}, &net.UDPAddr{IP: net.IPv4(172, 31, 30, 47), Port: 5000})
			if err != nil {
				return err
			}
			defer out.Close()
			_, err = out.Write([]byte("hello"))
			return err
		}))
		_ = in.SetReadDeadline(time.Now().Add(patience(want)))
		_, _, err := in.ReadFrom(make([]byte, 16))
		return err == nil
	}
	if !heard("be1", true) {
		t.Error("the VIP's owner is not heard")
	}
	if heard("be2", false) {
		t.Error("one who does not own the VIP is heard with it")
	}
	l.do(l.Route(vip, macBE2))
	if !heard("be2", true) {
		t.Error("the VIP's new owner is not heard")
	}
}

// announce sends a gratuitous ARP for the VIP.
func (l lab) announce(host, mac string) {
	l.t.Helper()
	hardware, err := net.ParseMAC(mac)
	l.do(err)
	frame := slices.Concat(
		bytes.Repeat([]byte{0xff}, 6), hardware, []byte{0x08, 0x06}, // to all, ARP
		[]byte{0, 1, 0x08, 0, 6, 4, 0, 1}, // Ethernet and IPv4, a request
		hardware, vip.AsSlice(), make([]byte, 6), vip.AsSlice(),
	)
	l.do(l.Do(host, func() error {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		i, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		return unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: i.Index})
	}))
}

// A capture has what a host sends from an address and nothing else, with the
// time, also where the fabric drops it.
func TestCapture(t *testing.T) {
	l := up(t)
	l.carryVIP()
	l.serve("be1", "172.31.24.97")
	l.do(l.Route(vip, macBE1))
	before := time.Now()
	first, err := l.Capture("be1", vip)
	l.do(err)
	second, err := l.Capture("be2", vip)
	l.do(err)
	l.want("fe1", "172.31.24.97", "be1")
	l.want("fe1", vip.String(), "be1")
	// The answer to the connection, the text, and the end of it.
	deadline := time.Now().Add(10 * time.Second)
	count := func(frames []network.Frame) (tcp int) {
		for _, f := range frames {
			if f.Protocol == network.TCP && f.Target == netip.MustParseAddr("172.31.30.47") {
				tcp++
			}
		}
		return tcp
	}
	for count(first.Frames()) < 3 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	frames, err := first.Stop()
	l.do(err)
	after := time.Now()
	if count(frames) < 3 {
		t.Errorf("too few frames of TCP: %+v", frames)
	}
	for _, f := range frames {
		if f.Time.Before(before) || f.Time.After(after) {
			t.Errorf("a frame of %v, captured from %v to %v", f.Time, before, after)
		}
		if f.Host != "be1" || f.Length < 42 || f.Protocol == network.TCP && f.Length < 54 {
			t.Errorf("frame %+v", f)
		}
	}
	// Nobody hears be2, but that it spoke is captured.
	l.announce("be2", macBE2)
	for len(second.Frames()) == 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	frames, err = second.Stop()
	l.do(err)
	if len(frames) == 0 {
		t.Error("what be2 sent in the VIP's name was not captured")
	}
	for _, f := range frames {
		if f.Protocol != network.ARP {
			t.Errorf("be2 sent %+v", f)
		}
	}
}

// A network that is still there, with somebody in it, is found and named.
func TestSweep(t *testing.T) {
	l := up(t)
	prefix := strings.TrimSuffix(filepath.Base(l.Path("be1")), "-be1")
	c := l.Command(context.Background(), "be1", "sleep", "60")
	l.do(c.Start())
	deadline := time.Now().Add(10 * time.Second)
	for len(inside(t, c.Process.Pid, l.Path("be1"))) == 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	err := network.Sweep(prefix)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint(c.Process.Pid)) {
		t.Errorf("sweeping while process %d is in be1: %v", c.Process.Pid, err)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	if err := network.Sweep(prefix); err != nil {
		t.Errorf("sweeping what is clean: %v", err)
	}
}

// inside is the process's namespace if it is that one.
func inside(t *testing.T, pid int, path string) string {
	t.Helper()
	mine, err := os.Stat(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		t.Fatal(err)
	}
	namespace, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if os.SameFile(mine, namespace) {
		return path
	}
	return ""
}

func TestImpossibleConfigs(t *testing.T) {
	for want, c := range map[string]network.Config{
		"a subnet is needed":   {Prefix: "labnet"},
		"letters and digits":   {Prefix: "lab-net"},
		"longer than":          {Prefix: "labnet", Hosts: []network.Host{{Name: "a-host-with-a-long-name"}}},
		"be1":                  {Prefix: "labnet", Hosts: []network.Host{{Name: "be1", MAC: "?"}}},
		"is not in":            {Prefix: "labnet", Hosts: []network.Host{{Name: "be1", MAC: macBE1, Address: netip.MustParseAddr("10.0.0.1")}}},
		"172.31.16.1 is there": {Prefix: "labnet", Hosts: []network.Host{{Name: "be1", MAC: macBE1, Address: netip.MustParseAddr("172.31.16.1")}}},
	} {
		if !strings.HasPrefix(want, "a subnet") {
			c.Subnet = netip.MustParsePrefix("172.31.16.0/20")
		}
		if _, err := network.Up(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want something with %q", err, want)
		}
	}
}

// A host that was off comes back with its own address alone, at the same place.
func TestRenew(t *testing.T) {
	l := up(t)
	l.carryVIP()
	l.do(l.Route(vip, macBE1))
	l.want("fe1", vip.String(), "be1")
	l.run("be1", "nft", "add", "table", "inet", "left")
	c, err := l.Capture("be1", netip.MustParseAddr("172.31.24.97"))
	l.do(err)
	l.do(l.Unplug("be1", true))
	l.do(l.Renew("be1"))
	out, err := l.Command(context.Background(), "be1", "ip", "-o", "-4", "address", "show", "dev", "eth0").Output()
	l.do(err)
	if text := string(out); strings.Contains(text, vip.String()) || !strings.Contains(text, "172.31.24.97/20") {
		t.Errorf("eth0 has %s", text)
	}
	out, err = l.Command(context.Background(), "be1", "nft", "list", "ruleset").Output()
	l.do(err)
	if len(out) > 0 {
		t.Errorf("the firewall has %s", out)
	}
	l.serve("be1", "172.31.24.97")
	l.want("fe1", "172.31.24.97", "nobody") // it is still unplugged
	l.do(l.Unplug("be1", false))
	l.want("fe1", "172.31.24.97", "be1")
	frames, err := c.Stop()
	l.do(err)
	if !slices.ContainsFunc(frames, func(f network.Frame) bool { return f.Protocol == network.TCP }) {
		t.Error("what it sent after it came back was not captured")
	}
	if err := l.Renew("be9"); err == nil {
		t.Error("a host that is not there was renewed")
	}
}
