package vip_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tournant/internal/boottime"
	"tournant/internal/netnstest"
	"tournant/internal/vip"
)

// address is the VIP of the tests, in the subnet of netnstest's hosts.
var address = netip.MustParseAddr("10.9.0.9")

const held = 2 * time.Second

// hold leases the VIP for so long from now.
func hold(l *vip.Lease, d time.Duration) error {
	until := boottime.Now().Add(d)
	if err := l.Renew(until); err != nil {
		return err
	}
	return l.Confirm(until)
}

// TestMain can be the process that holds a lease: see holder.
func TestMain(m *testing.M) {
	if os.Getenv("TOURNANT_HOLD_LEASE") == "" {
		os.Exit(m.Run())
	}
	l, err := vip.NewLease(address)
	if err == nil {
		until := boottime.Now().Add(held)
		if err = errors.Join(l.Renew(until), l.Confirm(until)); err == nil {
			fmt.Println(int64(until))
			select {}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// holder has another process take a lease, and returns when it ends.
func holder(t *testing.T, host *netnstest.Host) (*os.Process, boottime.Time) {
	t.Helper()
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), "TOURNANT_HOLD_LEASE=1")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	host.Start(c)
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var until int64
	if _, err := fmt.Sscan(line, &until); err != nil {
		t.Fatal(err)
	}
	return c.Process, boottime.Time(until)
}

// serving is a host with the VIP, fenced, and a stream of datagrams and one of
// TCP that try to leave from it all the time; and what arrives of them.
type serving struct {
	host, client *netnstest.Host
	lease        *vip.Lease
	arrived      *netnstest.Capture
	beside       *netnstest.Capture // from the host's own address
	said         int
}

func serve(t *testing.T) *serving {
	t.Helper()
	s := &serving{}
	s.host, s.client = netnstest.Pair(t)
	s.arrived, s.beside = s.client.Capture(address), s.client.Capture(s.host.Address)
	s.host.Do(func() (err error) {
		s.lease, err = vip.NewLease(address)
		return err
	})
	s.host.Do(onDevice(t, s.host).Add)

	var socket *net.UDPConn
	s.host.Do(func() (err error) {
		socket, err = net.DialUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(address, 0)), net.UDPAddrFromAddrPort(netip.AddrPortFrom(s.client.Address, 9)))
		return err
	})
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				_, _ = socket.Write([]byte("tick")) // EPERM without a lease
			}
		}
	})
	t.Cleanup(func() { close(stop); done.Wait(); socket.Close() })
	return s
}

func onDevice(t *testing.T, host *netnstest.Host) *vip.Address {
	t.Helper()
	a, err := vip.NewAddress(address, host.Device)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// passed waits until all that left the host before now has arrived.
func (s *serving) passed(t *testing.T) []netnstest.Frame {
	t.Helper()
	s.said++
	word := fmt.Sprint("word ", s.said)
	if err := s.host.Say(s.host.Address, s.client.Address, word); err != nil {
		t.Fatal(err)
	}
	_, err := s.beside.Await(func(frames []netnstest.Frame) bool {
		return slices.ContainsFunc(frames, func(f netnstest.Frame) bool { return string(f.Payload) == word })
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.arrived.Frames()
}

// await waits for n datagrams from the VIP that left after a moment.
func (s *serving) await(t *testing.T, n int, after boottime.Time) []netnstest.Frame {
	t.Helper()
	frames, err := s.arrived.Await(func(frames []netnstest.Frame) bool {
		return len(frames) >= n && frames[len(frames)-n].At > after
	})
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

func sleepUntil(moment boottime.Time) { time.Sleep(moment.Sub(boottime.Now())) }

// TestLeaseEnds: with the process that took it alive, killed and stopped, the
// last byte leaves before the lease ends, and bytes leave until shortly before.
func TestLeaseEnds(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(*os.Process) error{
		"alive":   func(*os.Process) error { return nil },
		"killed":  (*os.Process).Kill,
		"stopped": func(p *os.Process) error { return p.Signal(syscall.SIGSTOP) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			if frames := s.passed(t); len(frames) != 0 {
				t.Errorf("%d frames came from the VIP without a lease", len(frames))
			}
			process, until := holder(t, s.host)
			if err := then(process); err != nil {
				t.Fatal(err)
			}
			s.await(t, 1, 0)
			sleepUntil(until.Add(100 * time.Millisecond)) // the time is what is tested
			frames := s.passed(t)
			last := frames[len(frames)-1].At
			t.Logf("%d frames, the last %s before the end", len(frames), until.Sub(last))
			if last > until {
				t.Errorf("a frame left from the VIP %s after the end of the lease", last.Sub(until))
			}
		})
	}
}

// TestLeaseOutlivesItsProcess: the next process leaves what the former leased, which
// ends as it would have.
func TestLeaseOutlivesItsProcess(t *testing.T) {
	t.Parallel()
	s := serve(t)
	process, until := holder(t, s.host)
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	var next *vip.Lease
	s.host.Do(func() (err error) { next, err = vip.NewLease(address); return err })
	s.await(t, 1, boottime.Now())
	sleepUntil(until.Add(100 * time.Millisecond)) // the time is what is tested
	if frames := s.passed(t); frames[len(frames)-1].At > until {
		t.Error("the next process made the lease longer")
	}
	s.host.Do(func() error { return hold(next, time.Minute) })
	s.await(t, 1, boottime.Now())
	s.host.Do(next.Drop)
}

func TestRenewDrop(t *testing.T) {
	t.Parallel()
	s := serve(t)
	renew := func(d time.Duration) {
		t.Helper()
		s.host.Do(func() error { return hold(s.lease, d) })
	}
	if got := s.lease.Remaining(); got != 0 {
		t.Errorf("%s remain of no lease", got)
	}
	// A renewal makes it longer, and one that ends sooner makes it shorter.
	renew(held)
	first := boottime.Now().Add(held)
	renew(20 * held)
	sleepUntil(first.Add(100 * time.Millisecond))
	s.await(t, 10, first)
	renew(time.Second)
	end := boottime.Now().Add(time.Second)
	if got := s.lease.Remaining(); got <= 0 || got > time.Second {
		t.Errorf("%s remain of a second", got)
	}
	sleepUntil(end.Add(100 * time.Millisecond))
	if frames := s.passed(t); frames[len(frames)-1].At > end {
		t.Error("a lease that was made shorter did not end")
	}
	if got := s.lease.Remaining(); got != 0 {
		t.Errorf("%s remain after the end", got)
	}

	renew(20 * held)
	s.await(t, 1, boottime.Now())
	s.host.Do(s.lease.Drop)
	dropped := boottime.Now()
	if frames := s.passed(t); frames[len(frames)-1].At > dropped {
		t.Error("a frame left from the VIP after the lease was dropped")
	}
	s.host.Do(s.lease.Drop) // again: no error
}

// TestRenewalReplaces: the element is deleted and added. Kernels before 6.12
// leave the end of one that exists alone, and this one may be younger.
func TestRenewalReplaces(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.host.Do(func() error { return hold(s.lease, time.Minute) }) // the first has nothing to delete
	monitor := exec.Command("nft", "monitor", "elements")
	out, err := monitor.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.host.Start(monitor)
	t.Cleanup(func() { _ = monitor.Process.Kill(); _ = monitor.Wait() })
	seen := make(chan string, 1000)
	go func() {
		defer close(seen)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			seen <- lines.Text()
		}
	}()
	found := map[string]bool{}
	await(t, func() bool { // it listens some time after its start
		s.host.Do(func() error { return hold(s.lease, time.Minute) })
		for len(seen) > 0 {
			if words := strings.Fields(<-seen); len(words) > 2 {
				found[words[0]+" "+words[2]] = true
			}
		}
		return found["add ip"] && found["add arp"]
	})
	for _, want := range []string{"delete ip", "delete arp"} {
		if !found[want] {
			t.Errorf("a renewal has no %s in %v", want, found)
		}
	}
}

// TestFlushed: whoever empties nftables, or its tables of their rules, ends the
// fence; the next renewal or drop brings it back.
func TestFlushed(t *testing.T) {
	t.Parallel()
	for name, flush := range map[string][]string{
		"ruleset": {"flush ruleset"},
		"tables":  {"flush table ip tournant_lease; flush table arp tournant_lease"},
		"chains":  {"flush chain ip tournant_lease out; flush chain arp tournant_lease out; delete chain ip tournant_lease out; delete chain arp tournant_lease out"},
		"altered": {"insert rule ip tournant_lease out accept; insert rule arp tournant_lease out accept"},
		"another": {"delete table ip tournant_lease; add table ip tournant_lease; add chain ip tournant_lease out; " +
			"delete table arp tournant_lease; add table arp tournant_lease; add chain arp tournant_lease out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			fenced := func(after string) {
				t.Helper()
				since := boottime.Now()
				if frames := s.passed(t); len(frames) > 0 && frames[len(frames)-1].At > since {
					t.Errorf("a frame left from the VIP without a lease, after %s", after)
				}
			}
			s.host.Output("nft", flush...)
			s.await(t, 1, 0)
			s.host.Do(s.lease.Drop)
			fenced("a drop")

			s.host.Do(func() error { return hold(s.lease, time.Minute) })
			s.host.Output("nft", flush...)
			short := boottime.Now().Add(300 * time.Millisecond)
			// Only a fence of something else may be no lease: then there is none.
			err := s.host.Try(func() error { return hold(s.lease, 300*time.Millisecond) })
			if err != nil && name != "another" {
				t.Error(err)
			}
			sleepUntil(short)
			fenced("a renewal that ran out")
			s.host.Do(func() error { return hold(s.lease, time.Minute) })
			s.await(t, 1, boottime.Now())
		})
	}
}

// TestSupported: the kernel of the other tests has nftables, for root alone.
func TestSupported(t *testing.T) {
	if err := vip.Supported(); err != nil {
		t.Error(err)
	}
}

// TestTCP: a connection stalls without a lease, and goes on with the next.
func TestTCP(t *testing.T) {
	t.Parallel()
	s := serve(t)
	renew := func() {
		t.Helper()
		s.host.Do(func() error { return hold(s.lease, time.Minute) })
	}
	renew()
	server, client := s.connect(t, address.String()+":0")
	echo := func() error {
		if _, err := server.Write([]byte("x")); err != nil {
			return err
		}
		_, err := client.Read(make([]byte, 1))
		return err
	}
	if err := echo(); err != nil {
		t.Fatal(err)
	}
	s.host.Do(s.lease.Drop)
	if err := client.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if err := echo(); err == nil {
		t.Error("a byte came through without a lease")
	}
	if err := client.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	renew()
	if _, err := client.Read(make([]byte, 1)); err != nil {
		t.Errorf("the byte that was held back: %v", err)
	}
}

// connect makes a connection between the client and a listener of the host.
func (s *serving) connect(t *testing.T, listen string) (server, client net.Conn) {
	t.Helper()
	var l net.Listener
	s.host.Do(func() (err error) {
		l, err = net.Listen("tcp", listen)
		return err
	})
	t.Cleanup(func() { l.Close() })
	port := l.Addr().(*net.TCPAddr).Port
	s.client.Do(func() (err error) {
		client, err = net.DialTimeout("tcp4", fmt.Sprintf("%s:%d", address, port), 30*time.Second)
		return err
	})
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close(); client.Close() })
	return server, client
}

// TestOtherWaysOut: NAT and forwarding, raw sockets, ARP, and the loopback.
func TestOtherWaysOut(t *testing.T) {
	t.Parallel()
	s := serve(t)
	dropped := func(family string) int {
		n := 0
		for _, line := range strings.Split(s.host.Output("nft", "list", "table", family, "tournant_lease"), "\n") {
			if _, counter, ok := strings.Cut(line, "counter packets "); ok {
				var packets int
				if _, err := fmt.Sscan(counter, &packets); err != nil {
					t.Fatal(err)
				}
				n += packets
			}
		}
		return n
	}
	nothing := func(what string) {
		t.Helper()
		if frames := s.passed(t); len(frames) != 0 {
			t.Fatalf("%s: %d frames left from the VIP", what, len(frames))
		}
	}

	before := dropped("ip")
	s.host.Output("nft", "add table ip n; add chain ip n post { type nat hook postrouting priority 100; }; add rule ip n post udp dport 99 snat to 10.9.0.9")
	s.host.Output("bash", "-c", "echo x >/dev/udp/10.9.0.2/99 || true")
	nothing("NAT")
	s.host.Output("nft", "delete table ip n")

	var raw []byte // an IPv4 header of our own
	raw = append(raw, 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 253, 0, 0)
	raw = append(append(raw, address.AsSlice()...), s.client.Address.AsSlice()...)
	_ = s.host.Try(func() error {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_RAW)
		if err != nil {
			return err
		}
		defer syscall.Close(fd)
		return syscall.Sendto(fd, raw, 0, &syscall.SockaddrInet4{Addr: s.client.Address.As4()})
	})
	nothing("raw socket")
	if dropped("ip") <= before {
		t.Error("nothing of it was dropped, so nothing was tried")
	}

	// The client asks for the VIP; the answer would claim it.
	arp := dropped("arp")
	s.client.Do(func() error {
		c, err := net.Dial("udp4", address.String()+":9")
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Write([]byte("who has"))
		return err
	})
	await(t, func() bool { return dropped("arp") > arp })
	nothing("ARP")

	if err := s.host.Say(address, address, "to myself"); err == nil {
		t.Error("the loopback carries what comes from the VIP")
	}

	// As a router, of what another host pretends to send from the VIP.
	s.host.Do(onDevice(t, s.host).Remove)
	s.host.Output("sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.eth0.rp_filter=0")
	s.client.Output("ip", "route", "add", "10.10.0.0/24", "via", s.host.Address.String())
	s.client.Output("ip", "addr", "add", "10.10.0.5/32", "dev", "lo")
	s.host.Output("ip", "route", "add", "10.10.0.0/24", "via", s.client.Address.String())
	before = dropped("ip")
	s.client.Do(func() error {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_RAW)
		if err != nil {
			return err
		}
		defer syscall.Close(fd)
		if err := syscall.BindToDevice(fd, s.client.Device); err != nil {
			return err
		}
		copy(raw[16:], []byte{10, 10, 0, 7})
		return syscall.Sendto(fd, raw, 0, &syscall.SockaddrInet4{Addr: [4]byte{10, 10, 0, 7}})
	})
	await(t, func() bool { return dropped("ip") > before })
	nothing("forwarding")
}

// await asks until something holds that makes no event.
func await(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	after := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-after:
			t.Fatal("what was waited for never held")
		}
	}
}

func TestOnlyIPv4(t *testing.T) {
	for _, other := range []netip.Addr{netip.MustParseAddr("2001:db8::9"), {}} {
		if _, err := vip.NewLease(other); err == nil {
			t.Errorf("a lease for %s", other)
		}
		if _, err := vip.NewAddress(other, "eth0"); err == nil {
			t.Errorf("an address %s", other)
		}
	}
	if _, err := vip.NewAddress(address, ""); err == nil {
		t.Error("an address without an interface")
	}
}
