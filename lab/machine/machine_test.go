package machine_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tournant/lab/cgroup"
	"tournant/lab/machine"
)

func TestMain(m *testing.M) {
	machine.Init()
	os.Exit(m.Run())
}

// here starts machines in this host's own network, which the tests leave alone.
func here(f func() error) error { return f() }

func boot(t *testing.T, units ...machine.Unit) *machine.Machine {
	t.Helper()
	m, err := machine.New(machine.Config{Name: "be1", Dir: t.TempDir(), Inside: here, Units: units})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := m.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

func shell(script string) []string { return []string{"/bin/sh", "-c", script} }

// forever is a unit that runs until it is told to end.
func forever(name string) machine.Unit {
	return machine.Unit{Name: name, Command: []string{"/bin/sleep", "1000"}, Enabled: true}
}

func output(t *testing.T, m *machine.Machine, script string) string {
	t.Helper()
	c, err := m.Command(t.Context(), "/bin/sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, out)
	}
	return strings.TrimSpace(string(out))
}

// await waits for a unit to come into a state, other than in a known status.
func await(t *testing.T, m *machine.Machine, unit string, want machine.State, known machine.Status) machine.Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	now, err := m.Status(ctx, unit)
	for err == nil && (now.State != want || now == known) {
		now, err = m.Await(ctx, unit, now)
	}
	if err != nil {
		now, _ = m.Status(context.Background(), unit)
		t.Fatalf("%s does not become %s: it is %+v: %v", unit, want, now, err)
	}
	return now
}

func TestAMachineHasItsOwn(t *testing.T) {
	m := boot(t, forever("a"))
	for script, want := range map[string]string{
		"hostname":               "be1",
		"ls /sys/block":          "",
		"ls /var/log/units":      "a.log\ninit.log",
		"cat /proc/1/cmdline":    "init",
		"findmnt -n -o TARGET /": "/",
	} {
		if got := strings.Trim(output(t, m, script), "\x00"); got != want {
			t.Errorf("%s: got %q, want %q", script, got, want)
		}
	}
	output(t, m, "echo x > /dev/null; touch /etc/tournant-lab-test /run/x; mount -t tmpfs none /tmp")
	if _, err := os.Stat("/etc/tournant-lab-test"); err == nil {
		t.Error("what a machine writes to /etc is in the host's")
	}
	if got := output(t, m, "ls /"); strings.Contains(got, "work") {
		t.Errorf("the host's root is seen inside: %s", got)
	}
}

func TestPowerOffLeavesNothing(t *testing.T) {
	m := boot(t, forever("a"))
	before, err := m.Processes("a")
	if err != nil || len(before) != 1 {
		t.Fatalf("processes %v, %v, want 1", before, err)
	}
	if err := m.PowerOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, pid := range before {
		if err := syscall.Kill(pid, 0); err == nil {
			t.Errorf("process %d lives", pid)
		}
	}
	if err := m.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, m, "a", machine.Active, machine.Status{})
}

func TestFreeze(t *testing.T) {
	m := boot(t, machine.Unit{Name: "ticks", Command: shell("while :; do date +%s%N > /run/tick; sleep 0.01; done"), Enabled: true})
	tick := func() string {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(m.Socket), "tick"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	changes := func(from string) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); tick() == from; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the machine stands still")
			}
		}
	}
	await(t, m, "ticks", machine.Active, machine.Status{})
	output(t, m, "while ! [ -s /run/tick ]; do sleep 0.01; done")
	changes(tick())
	if err := m.Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	frozen := tick()
	time.Sleep(100 * time.Millisecond) // ten ticks
	if got := tick(); got != frozen {
		t.Errorf("a frozen machine wrote %s after %s", got, frozen)
	}
	if err := m.Thaw(t.Context()); err != nil {
		t.Fatal(err)
	}
	changes(frozen)
	if err := m.Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.PowerOff(t.Context()); err != nil {
		t.Errorf("a frozen machine cannot be switched off: %v", err)
	}
}

func TestSweepEndsWhatACrashLeft(t *testing.T) {
	dir := t.TempDir()
	m, err := machine.New(machine.Config{Name: "be1", Dir: filepath.Join(dir, "be1"), Inside: here, Units: []machine.Unit{forever("a")}})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := m.Processes("a")
	if err != nil || len(left) == 0 {
		t.Fatalf("processes %v, %v", left, err)
	}
	if err := cgroup.Sweep(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	for _, pid := range left {
		if err := syscall.Kill(pid, 0); err == nil {
			t.Errorf("process %d lives", pid)
		}
	}
	if err := m.PowerOff(t.Context()); err == nil {
		t.Error("there still is something to switch off")
	}
}
