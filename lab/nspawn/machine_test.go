package nspawn_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tournant/lab/nspawn"
)

// booted is a machine that is on, in a network of its own.
func booted(t *testing.T, c nspawn.Config) *nspawn.Machine {
	t.Helper()
	base, err := nspawn.Base(t.Context(), nspawn.Cache, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	namespace := fmt.Sprintf("tnspawn-%d", os.Getpid())
	if c.Network == "" {
		run(t, "ip", "netns", "add", namespace)
		t.Cleanup(func() { run(t, "ip", "netns", "delete", namespace) })
		c.Network = "/run/netns/" + namespace
	}
	c.Name, c.Hostname = namespace, "ip-172-31-24-97"
	c.Layers = append(c.Layers, base)
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	m, err := nspawn.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(within(context.WithoutCancel(t.Context()), t)); err != nil {
			t.Error(err)
		}
	})
	if err := m.Boot(within(t.Context(), t)); err != nil {
		t.Fatal(err)
	}
	return m
}

// within bounds what is waited for, on a machine with a load.
func within(ctx context.Context, t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

// says is what a shell's script writes inside.
func says(t *testing.T, m *nspawn.Machine, script string) string {
	t.Helper()
	out, err := m.Output(t.Context(), "sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestMachine(t *testing.T) {
	m := booted(t, nspawn.Config{})
	want(t, "the system", says(t, m, "systemctl is-system-running"), "running")
	want(t, "process 1", says(t, m, "cat /proc/1/comm"), "systemd")
	want(t, "its network's settings", says(t, m, "echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind && cat /proc/sys/net/ipv4/ip_nonlocal_bind"), "1")
	want(t, "directory and home", says(t, m, "pwd; echo $HOME"), "/root\n/root")
	if says(t, m, "cat /proc/sys/kernel/hostname") == "" {
		t.Error("no name")
	}
	path, err := m.Path("/etc/debian_version")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(text), "12") {
		t.Errorf("Debian %q, %v", text, err)
	}
	pids, err := m.Processes("systemd-journald")
	if err != nil || len(pids) != 1 {
		t.Errorf("processes of the journal: %v, %v", pids, err)
	}
	if pids, err := m.Processes("nothing"); err != nil || len(pids) != 0 {
		t.Errorf("processes of nothing: %v, %v", pids, err)
	}
	if err := m.Signal(t.Context(), "nothing", unix.SIGKILL); err == nil {
		t.Error("nothing was signalled to")
	}
}

// What was written is there after a boot in order and after a power cut, and what ran is not.
func TestPower(t *testing.T) {
	m := booted(t, nspawn.Config{})
	before, err := m.Init()
	if err != nil {
		t.Fatal(err)
	}
	says(t, m, "echo kept > /root/file; systemd-run --quiet --unit=mine sleep 1000")
	for _, off := range []func(context.Context) error{m.Shutdown, m.PowerOff} {
		if err := off(within(t.Context(), t)); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Init(); !errors.Is(err, nspawn.ErrOff) || m.On() {
			t.Errorf("off: %v, %v", m.On(), err)
		}
		if err := m.Boot(within(t.Context(), t)); err != nil {
			t.Fatal(err)
		}
		want(t, "a file", says(t, m, "cat /root/file"), "kept")
		if pids, err := m.Processes("mine"); err != nil || len(pids) != 0 {
			t.Errorf("what ran before the boot still does: %v, %v", pids, err)
		}
		if now, err := m.Init(); err != nil || now == before {
			t.Errorf("its init is %d, before it was %d: %v", now, before, err)
		}
	}
}

// A frozen machine stands still with everything that was started in it from outside.
func TestFreeze(t *testing.T) {
	m := booted(t, nspawn.Config{})
	if err := m.Freeze(within(t.Context(), t)); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if out, err := m.Output(short, "echo", "alive"); err == nil {
		t.Errorf("a frozen machine says %q", out)
	}
	if err := m.Thaw(within(t.Context(), t)); err != nil {
		t.Fatal(err)
	}
	want(t, "a thawed machine", says(t, m, "echo alive"), "alive")
	if err := errors.Join(m.Freeze(within(t.Context(), t)), m.PowerOff(within(t.Context(), t))); err != nil {
		t.Errorf("power off while frozen: %v", err)
	}
}

// Nodes that come and go outside do so inside.
func TestDevices(t *testing.T) {
	dir := t.TempDir()
	m := booted(t, nspawn.Config{Dev: filepath.Join(dir, "dev"), Sys: filepath.Join(dir, "sys")})
	want(t, "what every program needs", says(t, m, "echo x > /dev/null && head -c 1 /dev/zero | wc -c && ls /sys/block"), "1")
	node := filepath.Join(dir, "dev", "nvme1n1")
	if err := unix.Mknod(node, unix.S_IFBLK|0o600, int(unix.Mkdev(7, 250))); err != nil {
		t.Fatal(err)
	}
	serial := filepath.Join(dir, "sys", "block", "nvme1n1")
	if err := errors.Join(os.Mkdir(serial, 0o755), os.WriteFile(filepath.Join(serial, "serial"), []byte("vol1\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	want(t, "a device", says(t, m, "test -b /dev/nvme1n1 && cat /sys/block/nvme1n1/serial"), "vol1")
	if err := os.Remove(node); err != nil {
		t.Fatal(err)
	}
	want(t, "a device that went", says(t, m, "test -e /dev/nvme1n1 || echo none"), "none")
	want(t, "a terminal", says(t, m, "script -qc tty /dev/null | tr -d '\\r'"), "/dev/pts/0")
}

// A machine's changes are what another begins with.
func TestLayers(t *testing.T) {
	first := booted(t, nspawn.Config{})
	says(t, first, "echo first > /root/file; rm /etc/motd")
	if err := first.Close(within(t.Context(), t)); err != nil {
		t.Fatal(err)
	}
	second := booted(t, nspawn.Config{Network: "/proc/self/ns/net", Layers: []string{first.Changes()}})
	want(t, "what the first one wrote", says(t, second, "cat /root/file; test -e /etc/motd || echo gone"), "first\ngone")
}

// What a crash of whoever had a machine leaves can be swept away, and another's is not.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	m := booted(t, nspawn.Config{Dir: filepath.Join(dir, "a", "be1")})
	if err := nspawn.Sweep(t.Context(), filepath.Join(dir, "a-b")); err != nil || !m.On() {
		t.Errorf("sweeping another's directory: %v; on: %v", err, m.On())
	}
	if err := nspawn.Sweep(t.Context(), filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(m.Root(), "etc")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its disk is still mounted: %v", err)
	}
	if err := m.PowerOff(within(t.Context(), t)); err != nil {
		t.Error(err)
	}
	if m.On() {
		t.Error("it is on")
	}
}
