package keeper_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/fakeec2"
	"tournant/lab/keeper"
	"tournant/lab/nspawn"
)

// A lab is up in a directory of its own, with machines on which nothing is installed,
// until the test ends.
type lab struct {
	*keeper.Client
	t     *testing.T
	files keeper.Files
	ended chan error
}

const prefix = "tkeeper"

func up(t *testing.T) lab {
	t.Helper()
	base, err := nspawn.Base(t.Context(), nspawn.Cache, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	// The same at each run, so that the next one removes what a killed one has left.
	files := keeper.Files{Dir: filepath.Join(os.TempDir(), "tournant-keeper", "run")}
	l := lab{Client: keeper.NewClient(files), t: t, files: files, ended: make(chan error, 1)}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 3*time.Minute)
	if err := os.MkdirAll(filepath.Dir(files.Dir), 0o755); err != nil {
		t.Fatal(err)
	}
	go func() {
		l.ended <- keeper.Keep(ctx, cluster.Config{Dir: files.Dir, Prefix: prefix, Hosts: &cluster.Debian{Base: base}, Frontends: 1})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-l.ended; err != nil {
			t.Error(err)
		}
	})
	for {
		if _, err := l.Status(ctx); err == nil {
			return l
		}
		select {
		case err := <-l.ended:
			l.ended <- nil
			t.Fatal("it did not come up:", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// says is what a shell's script writes on a host, and how it fails.
func (l lab) says(host, script string) string {
	l.t.Helper()
	c, err := l.Command(l.t.Context(), host, "sh", "-c", script)
	if err != nil {
		return err.Error()
	}
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%s%v", out, err)
	}
	return strings.TrimSpace(string(out))
}

func (l lab) want(host, script, want string) {
	l.t.Helper()
	if got := l.says(host, script); got != want {
		l.t.Errorf("%s: %s: %q, want %q", host, script, got, want)
	}
}

func (l lab) do(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

const reaches = "ping -q -c 1 -W 1 be2 >/dev/null && echo yes || echo no"

func TestFaultsAndHealing(t *testing.T) {
	l := up(t)
	ctx := t.Context()
	l.want("be1", "hostname -f 2>/dev/null || getent hosts $(cat /etc/hostname) | awk '{print $2}'", "ip-172-31-24-97.us-west-1.compute.internal")
	l.want("fe1", reaches, "yes")
	l.want("client", "ip -o -4 address show dev eth0 | grep -c 172.31.30.200/20", "1")
	if !strings.Contains(l.says("be9", "true"), "no host is called") {
		t.Error("be9 has a door")
	}

	l.do(l.Fault(ctx, "partition", "be1"))
	l.want("be1", reaches, "no")
	l.want("fe1", reaches, "yes")
	l.do(l.Heal(ctx))
	l.want("be1", reaches, "yes")
	l.do(l.Fault(ctx, "isolate", "fe1"))
	l.want("fe1", reaches, "no")

	l.do(l.Fault(ctx, "power-cut", "be1"))
	if s := l.status(); s.Hosts[0].On || !s.Hosts[1].On {
		t.Errorf("after a power cut: %+v", s.Hosts)
	}
	if !strings.Contains(l.says("be1", "true"), "off") {
		t.Error("who is off has a door")
	}
	l.do(l.Fault(ctx, "freeze", "fe1"))
	l.do(l.Fault(ctx, "ec2-throttle", ""))
	l.do(l.Fault(ctx, "vip-stolen", ""))
	if s := l.status(); len(s.EC2.Faults) != 1 || s.EC2.Faults[0].Name != fakeec2.FaultThrottle {
		t.Errorf("faults %+v", s.EC2.Faults)
	}
	l.do(l.Heal(ctx))
	s := l.status()
	if len(s.EC2.Faults) != 0 || !s.Hosts[0].On || !s.Hosts[2].VIP {
		t.Errorf("healed: %+v", s)
	}
	l.want("fe1", reaches, "yes")
	l.want("be1", reaches, "yes")

	l.says("fe1", "touch /root/kept")
	before := l.says("fe1", "cat /proc/sys/kernel/random/boot_id")
	l.do(l.Fault(ctx, "reboot", "fe1"))
	l.want("fe1", "ls /root/kept", "/root/kept")
	if after := l.says("fe1", "cat /proc/sys/kernel/random/boot_id"); after == before {
		t.Error("fe1 did not reboot")
	}
	l.do(l.Fault(ctx, "halt", "fe1"))
	if s := l.status(); s.Hosts[2].On || s.EC2.Instances[2].State != fakeec2.Stopped {
		t.Errorf("halted: %+v, %+v", s.Hosts[2], s.EC2.Instances[2])
	}
	l.do(l.Heal(ctx))
	l.want("fe1", reaches, "yes")

	for fault, want := range map[[2]string]string{
		{"nonsense", "be1"}: "there are power-cut", {"power-cut", ""}: "needs a host", {"power-cut", "be9"}: "no host is called",
		{"clock-jump", "be1"}: "internal/ha/sim", {"disk-full", "be1"}: "not mounted", {"deaf", "fe1"}: "no backend",
		{"kill-agent", "be1"}: "does not run", {"freeze", "primary"}: "no backend is primary",
	} {
		if err := l.Fault(ctx, fault[0], fault[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("fault %v: %v, want something with %q", fault, err, want)
		}
	}
	var b bytes.Buffer
	l.do(s.Print(&b))
	if !strings.Contains(b.String(), "172.31.24.97") || !strings.Contains(b.String(), "vol-049df61146c4d7901 available") {
		t.Errorf("status:\n%s", &b)
	}
}

func (l lab) status() keeper.Status {
	l.t.Helper()
	s, err := l.Status(l.t.Context())
	l.do(err)
	return s
}

// Down leaves nothing, also where a keeper was killed.
func TestDown(t *testing.T) {
	l := up(t)
	l.do(keeper.Down(t.Context(), l.files, prefix))
	if _, err := l.Status(t.Context()); !errors.Is(err, keeper.ErrNotUp) {
		t.Errorf("status after down: %v", err)
	}
	for _, pattern := range []string{"/run/netns/" + prefix + "-*", "/sys/fs/cgroup/*/tournant-lab*tournant_dkeeper*", filepath.Join(l.files.Dir, "*", "root", "etc")} {
		if left, _ := filepath.Glob(pattern); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	}
	l.do(keeper.Down(t.Context(), l.files, prefix))
}
