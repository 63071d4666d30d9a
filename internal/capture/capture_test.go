package capture_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tournant/internal/capture"
	"tournant/internal/netnstest"
)

// open collects what host gets from an address.
func open(t *testing.T, host *netnstest.Host, from netip.Addr) *capture.Capture {
	t.Helper()
	var c *capture.Capture
	host.Do(func() (err error) {
		c, err = capture.Open(host.Device, "a", from)
		return err
	})
	return c
}

func TestCapture(t *testing.T) {
	a, b := netnstest.Pair(t)
	c, other := open(t, b, a.Address), open(t, b, netip.MustParseAddr("10.9.0.77"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	long := strings.Repeat("x", 1000)
	before := time.Now()
	for _, text := range []string{"a word", "", long} {
		if err := a.Say(a.Address, b.Address, text); err != nil {
			t.Fatal(err)
		}
	}
	spoken := func(frames []capture.Frame) (said []capture.Frame) {
		for _, f := range frames {
			if f.Protocol == capture.UDP {
				said = append(said, f)
			}
		}
		return said
	}
	frames, err := c.Await(ctx, func(frames []capture.Frame) bool { return len(spoken(frames)) >= 3 })
	if err != nil {
		t.Fatal(err)
	}
	after := time.Now()
	said := spoken(frames)
	const headers = 14 + 20 + 8
	for i, want := range []string{"a word", "", long} {
		f := said[i]
		if got := string(f.Payload); !strings.HasPrefix(want, got) || got == "" && want != "" || len(want) < 100 && got != want {
			t.Errorf("frame %d says %q, want the beginning of %q", i, got, want)
		}
		if f.Length != headers+len(want) || f.Target != b.Address || f.Host != "a" || f.Time.Before(before) || f.Time.After(after) {
			t.Errorf("frame %d, between %v and %v: %+v", i, before, after, f)
		}
	}
	for _, f := range frames { // b's answers, of a closed port, are not among them
		if f.MAC.String() != said[0].MAC.String() || f.Protocol != capture.UDP && f.Protocol != capture.ARP {
			t.Errorf("not from a: %+v", f)
		}
		if f.Protocol == capture.ARP && (f.Operation == 0 || f.Target != b.Address) {
			t.Errorf("ARP: %+v", f)
		}
	}
	if _, err := c.Stop(); err != nil {
		t.Error(err)
	}

	ended, end := context.WithCancel(t.Context())
	end()
	if frames, err := other.Await(ended, func(f []capture.Frame) bool { return len(f) > 0 }); !errors.Is(err, context.Canceled) {
		t.Errorf("from another address: %+v, %v", frames, err)
	}
	if frames, err := other.Stop(); err != nil || len(frames) > 0 {
		t.Errorf("from another address: %+v, %v", frames, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := capture.Open("lo", "a", netip.MustParseAddr("::1")); err == nil || !strings.Contains(err.Error(), "IPv4") {
		t.Errorf("IPv6: %v", err)
	}
	if _, err := capture.Open("no such", "a", netip.MustParseAddr("127.0.0.1")); err == nil || !strings.Contains(err.Error(), "no such") {
		t.Errorf("no interface: %v", err)
	}
}
