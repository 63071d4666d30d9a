package fakeec2_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/lab/fakeec2"
)

// The deed is done though its answer is lost, once.
func TestLostAnswers(t *testing.T) {
	a := newAccount(t, config())
	if err := a.Inject(fakeec2.Fault{Name: fakeec2.FaultLost, Action: "AttachVolume", Count: 1}); err != nil {
		t.Fatal(err)
	}
	a.must("DescribeVolumes")
	if got := a.call("AttachVolume", attach(be1)...); got.err == nil {
		t.Errorf("got an answer: %d %s", got.status, got.body)
	}
	a.wantVolume("in-use", be1, "attached")
	if code, _ := a.call("AttachVolume", attach(be1)...).code(); code != "VolumeInUse" {
		t.Errorf("asking again answers %q, want VolumeInUse", code)
	}
}

func TestDelayedAnswers(t *testing.T) {
	a := newAccount(t, config())
	if err := a.Inject(fakeec2.Fault{Name: fakeec2.FaultDelay, Delay: fakeec2.Duration(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	answered := make(chan answer, 1)
	go func() { answered <- a.call("AttachVolume", attach(be1)...) }()
	for a.Status().Volumes[0].Attachment != fakeec2.Attached {
		time.Sleep(time.Millisecond)
	}
	for {
		select {
		case got := <-answered:
			if got.status != http.StatusOK {
				t.Errorf("got %d %v", got.status, got.err)
			}
			if late := a.clock.Now().Sub(time.Date(2026, 11, 26, 7, 0, 0, 0, time.UTC)); late < time.Minute {
				t.Errorf("answered after %v, want a minute", late)
			}
			return
		default:
			// The answer's alarm may not be set yet: go on in small steps.
			a.clock.Advance(time.Second)
			time.Sleep(time.Millisecond)
		}
	}
}

func TestEndpointDown(t *testing.T) {
	a := newAccount(t, config())
	ctx, cancel := context.WithCancel(context.Background())
	var address string
	listening := make(chan struct{}, 16)
	served := make(chan error, 1)
	go func() {
		served <- a.ServeAPI(ctx, func() (net.Listener, error) {
			l, err := net.Listen("tcp", orAny(address))
			if err == nil {
				address = l.Addr().String()
				listening <- struct{}{}
			}
			return l, err
		})
	}()
	<-listening
	a.http.URL = "http://" + address
	a.must("DescribeVolumes")

	a.down("refuse")
	deadline := time.Now().Add(10 * time.Second)
	for got := a.call("DescribeVolumes"); !errors.Is(got.err, syscall.ECONNREFUSED); got = a.call("DescribeVolumes") {
		if got.err == nil || time.Now().After(deadline) {
			t.Fatalf("while it refuses: %d %v", got.status, got.err)
		}
		time.Sleep(time.Millisecond)
	}
	a.Heal("", "")
	<-listening
	a.must("DescribeVolumes")

	a.down("timeout")
	a.http.Client().Timeout = 50 * time.Millisecond
	var timeout net.Error
	if got := a.call("DescribeVolumes"); !errors.As(got.err, &timeout) || !timeout.Timeout() {
		t.Errorf("while it does not answer: %d %v", got.status, got.err)
	}
	a.Heal("", "")
	a.http.Client().Timeout = 0
	a.must("DescribeVolumes")
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func orAny(address string) string {
	if address == "" {
		return "127.0.0.1:0"
	}
	return address
}

// A fault of one host leaves the others alone. Hosts are told by the address
// that they come from.
func TestFaultsOfOneHost(t *testing.T) {
	c := config()
	c.Subnet.Prefix = netip.MustParsePrefix("127.0.0.0/8")
	for i := range c.Instances {
		c.Instances[i].Address = netip.AddrFrom4([4]byte{127, 0, 1, byte(i)})
	}
	a := newAccount(t, c)
	from := func(last byte) {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, last)}}
		a.http.Client().Transport = &http.Transport{DialContext: dialer.DialContext}
	}
	for _, mode := range []string{"refuse", "error"} {
		if err := a.Inject(fakeec2.Fault{Name: fakeec2.FaultDown, Host: "be1", Mode: mode}); err != nil {
			t.Fatal(err)
		}
		from(0)
		if got := a.call("DescribeVolumes"); got.status == http.StatusOK {
			t.Errorf("%s: be1 was answered", mode)
		}
		from(1)
		a.must("DescribeVolumes")
	}
}

func TestImpossibleFaults(t *testing.T) {
	a := newAccount(t, config())
	for _, row := range []struct {
		fault fakeec2.Fault
		want  string
	}{
		{fakeec2.Fault{Name: "earthquake"}, "not known"},
		{fakeec2.Fault{Name: fakeec2.FaultDown}, "modes"},
		{fakeec2.Fault{Name: fakeec2.FaultBusy, Mode: "very"}, "modes"},
		{fakeec2.Fault{Name: fakeec2.FaultBusy, Host: "be9"}, "no host"},
		{fakeec2.Fault{Name: fakeec2.FaultError}, "code"},
		{fakeec2.Fault{Name: fakeec2.FaultRevoked}, "key"},
		{fakeec2.Fault{Name: fakeec2.FaultIOStall}, "host"},
		{fakeec2.Fault{Name: fakeec2.FaultStale}, "delay"},
		{fakeec2.Fault{Name: fakeec2.FaultVIPStolen, Host: "fe1", Address: netip.MustParseAddr("10.0.0.1")}, "subnet"},
	} {
		if err := a.Inject(row.fault); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%+v: %v, want something with %q", row.fault, err, row.want)
		}
	}
}

// An address leads where the network has learnt it, and so long as it was so.
func TestMoves(t *testing.T) {
	c := config()
	c.Times.Propagate = fakeec2.Range{Min: fakeec2.Duration(time.Second), Max: fakeec2.Duration(time.Second)}
	a := newAccount(t, c)
	began := a.clock.Now()
	for _, in := range []string{"eni-97", "eni-98"} {
		a.must("AssignPrivateIpAddresses", "NetworkInterfaceId", in, "PrivateIpAddress.1", vip, "AllowReassignment", "true")
		a.clock.Advance(5 * time.Second)
	}
	address := netip.MustParseAddr(vip)
	want := []fakeec2.Move{
		{At: began.Add(time.Second), Address: address, Host: "be1"}, {At: began.Add(6 * time.Second), Address: address, Host: "be2"},
	}
	same := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	if diff := cmp.Diff(want, a.Moves(address), same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	h := httptest.NewServer(a.Control())
	defer h.Close()
	answer, err := http.Get(h.URL + "/moves?address=" + vip)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var told []fakeec2.Move
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, told, same); diff != "" {
		t.Errorf("over HTTP (-want +got):\n%s", diff)
	}
	if bad, err := http.Get(h.URL + "/moves?address=be1"); err != nil || bad.StatusCode != http.StatusBadRequest {
		t.Errorf("an address that is none: %v, %v", bad, err)
	}
}

func TestControl(t *testing.T) {
	a := newAccount(t, config())
	h := httptest.NewServer(a.Control())
	defer h.Close()
	ask := func(method, path, body string) (int, string) {
		t.Helper()
		r, _ := http.NewRequest(method, h.URL+path, strings.NewReader(body))
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(text)
	}
	if status, text := ask("POST", "/faults", `{"name":"ec2-error","code":"Unavailable","for":"1m"}`); status != 204 {
		t.Errorf("inject: %d %s", status, text)
	}
	if code, _ := a.call("DescribeVolumes").code(); code != "Unavailable" {
		t.Errorf("code %q, want Unavailable", code)
	}
	if status, text := ask("POST", "/faults", `{"name":"ec2-error","when":"now"}`); status != 400 {
		t.Errorf("a fault with an unknown field: %d %s", status, text)
	}
	ask("DELETE", "/faults?name=ec2-error", "")
	attached(a)
	if status, text := ask("POST", "/hosts/be1/stop", ""); status != 204 {
		t.Errorf("stop: %d %s", status, text)
	}
	if status, _ := ask("POST", "/hosts/be9/power-cut", ""); status != 400 {
		t.Errorf("a power cut of nobody: %d", status)
	}
	var got fakeec2.Status
	if _, text := ask("GET", "/status", ""); json.Unmarshal([]byte(text), &got) != nil {
		t.Fatalf("status: %s", text)
	}
	if got.Instances[0].State != fakeec2.Stopped || got.Volumes[0].Host != "be1" || len(got.Faults) != 0 {
		t.Errorf("status %+v", got)
	}
}

// A detachment that gets stuck while it is busy goes on once that is healed.
func TestStuckWhileBusy(t *testing.T) {
	for name, force := range map[string]bool{"plain": false, "forced": true} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, config())
			attached(a)
			a.inject(fakeec2.FaultBusy, "be1")
			a.must("DetachVolume", "VolumeId", volumeID)
			a.wantVolume("in-use", be1, "busy")
			if err := a.Inject(fakeec2.Fault{Name: fakeec2.FaultDetachStuck, Mode: "force"}); err != nil {
				t.Fatal(err)
			}
			if force {
				a.must("DetachVolume", "VolumeId", volumeID, "Force", "true")
			}
			a.clock.Advance(time.Minute)
			a.wantVolume("in-use", be1, "detaching")
			a.Heal("", "")
			a.clock.Advance(time.Minute)
			a.wantVolume("available", "", "")
		})
	}
}
