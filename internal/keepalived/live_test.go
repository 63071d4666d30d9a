package keepalived_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"tournant/internal/config"
	"tournant/internal/keepalived"
	"tournant/internal/netnstest"
)

// patience bounds what waits for an event, on a machine that is busy.
const patience = 30 * time.Second

// backend is a host with a real keepalived.
type backend struct {
	*netnstest.Host
	t      *testing.T
	name   string
	files  keepalived.Files
	events chan keepalived.Event
	log    string

	process *exec.Cmd
}

// pair makes two hosts that tell of what their keepalived says. It ends all
// that it started with the test.
func pair(t *testing.T) (a, b *backend) {
	t.Helper()
	hostA, hostB := netnstest.Pair(t)
	return listening(t, "be1.example.com", hostA), listening(t, "be2.example.com", hostB)
}

func listening(t *testing.T, name string, host *netnstest.Host) *backend {
	t.Helper()
	dir := t.TempDir()
	b := &backend{Host: host, t: t, name: name, files: keepalived.FilesIn(dir, dir), events: make(chan keepalived.Event, 100), log: filepath.Join(dir, "log")}
	b.configure(200 * time.Millisecond)
	if err := b.files.SetPrimary(false); err != nil {
		t.Fatal(err)
	}
	b.listen()
	return b
}

func (b *backend) listen() {
	b.t.Helper()
	l, err := keepalived.Listen(b.files.FIFO)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		err := l.Run(ctx, func(e keepalived.Event) { b.events <- e }, func(err error) { b.t.Errorf("%s: %v", b.name, err) })
		if err != nil {
			b.t.Errorf("%s: %v", b.name, err)
		}
	})
	b.t.Cleanup(func() { cancel(); done.Wait() })
}

func (b *backend) configure(interval time.Duration) {
	b.t.Helper()
	v, err := keepalived.Of(backends(func(c *config.Config) {
		c.Host, c.Keepalived.AdvertInterval, c.Keepalived.Password = b.name, interval.Seconds(), "p#'s{}!;and more"
	}))
	if err != nil {
		b.t.Fatal(err)
	}
	content, err := v.Config(b.files)
	if err != nil {
		b.t.Fatal(err)
	}
	if changed, err := b.files.Install(content); err != nil || !changed {
		b.t.Fatalf("%s: configuration changed: %v, %v", b.name, changed, err)
	}
}

func (b *backend) start() {
	b.t.Helper()
	log, err := os.OpenFile(b.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		b.t.Fatal(err)
	}
	defer log.Close()
	b.process = exec.Command("keepalived", b.files.Args()...)
	b.process.Stdout, b.process.Stderr = log, log
	b.Start(b.process)
	process := b.process
	b.t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
		if b.t.Failed() {
			text, _ := os.ReadFile(b.log)
			b.t.Logf("%s said:\n%s", b.name, text)
		}
	})
}

func (b *backend) signal(s syscall.Signal) {
	b.t.Helper()
	if err := b.process.Process.Signal(s); err != nil {
		b.t.Fatal(err)
	}
}

// await waits for a state, over others.
func (b *backend) await(state keepalived.State) keepalived.Event {
	b.t.Helper()
	after := time.After(patience)
	for {
		select {
		case e := <-b.events:
			b.t.Logf("%s: %+v", b.name, e)
			if e.State == state {
				return e
			}
		case <-after:
			b.t.Fatalf("%s: no event %s", b.name, state)
		}
	}
}

// elect returns a master and a backup, of which the master has the higher
// address.
func elect(t *testing.T) (master, other *backend) {
	t.Helper()
	other, master = pair(t)
	master.start()
	master.await(keepalived.Master)
	other.start()
	other.await(keepalived.Backup)
	return master, other
}

func (b *backend) current() keepalived.State {
	b.t.Helper()
	var s keepalived.State
	b.Do(func() (err error) { s, err = b.files.Current(); return err })
	return s
}

// TestColdStart: both at once. Whoever it is, there is one master in the end.
func TestColdStart(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	a.start()
	b.start()
	var now [2]keepalived.State
	after := time.After(patience)
	for now != [2]keepalived.State{keepalived.Master, keepalived.Backup} && now != [2]keepalived.State{keepalived.Backup, keepalived.Master} {
		select {
		case e := <-a.events:
			now[0] = e.State
		case e := <-b.events:
			now[1] = e.State
		case <-after:
			t.Fatalf("the states are %q", now)
		}
	}
}

func TestElection(t *testing.T) {
	t.Parallel()
	master, other := elect(t)
	if got := master.current(); got != keepalived.Master {
		t.Errorf("the master's state now is %q", got)
	}
	if got := other.current(); got != "" {
		t.Errorf("the other's state now is %q, want none", got)
	}

	master.signal(syscall.SIGTERM)
	master.await(keepalived.Stop)
	other.await(keepalived.Master)
	if err := master.process.Wait(); err != nil {
		t.Errorf("keepalived ended with %v", err)
	}
	if got := master.current(); got != "" {
		t.Errorf("the state of a keepalived that ended is %q, want none", got)
	}
}

// TestKilled: its child notices, and stops in good order.
func TestKilled(t *testing.T) {
	t.Parallel()
	master, other := elect(t)
	master.signal(syscall.SIGKILL)
	other.await(keepalived.Master)
	master.await(keepalived.Stop)
	_ = master.process.Wait() // until then its number is its own
	if err := master.files.Reload(); !errors.Is(err, keepalived.ErrNotRunning) {
		t.Errorf("reload of a keepalived that was killed: %v, want %v", err, keepalived.ErrNotRunning)
	}
}

// TestFrozen: a master that wakes up takes its place back, having the higher
// address, and tells of it by Contested alone.
func TestFrozen(t *testing.T) {
	t.Parallel()
	master, other := elect(t)
	child := master.child()
	for _, pid := range []int{master.process.Process.Pid, child} {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	other.await(keepalived.Master)
	for _, pid := range []int{child, master.process.Process.Pid} {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
	master.await(keepalived.Contested)
	other.await(keepalived.Backup)
}

func (b *backend) child() int {
	b.t.Helper()
	pid, err := keepalived.ReadPID(b.files.VRRP)
	if err != nil {
		b.t.Fatal(err)
	}
	return pid
}

// TestPartition: both are masters until they hear one another; then the primary
// stays, although its address is lower.
func TestPartition(t *testing.T) {
	t.Parallel()
	master, other := elect(t)
	master.Deafen(other.Address)
	other.Deafen(master.Address)
	other.await(keepalived.Master)

	if err := other.files.SetPrimary(true); err != nil {
		t.Fatal(err)
	}
	master.Hear()
	master.await(keepalived.Backup)
	other.Hear()
	other.signal(syscall.SIGTERM)
	if e := other.await(keepalived.Stop); e.Priority != 150 {
		t.Errorf("the primary's priority is %d, want 150", e.Priority)
	}
}

// TestPrimaryPreempts: VRRP goes where the volume is.
func TestPrimaryPreempts(t *testing.T) {
	t.Parallel()
	master, other := elect(t)
	if err := other.files.SetPrimary(true); err != nil {
		t.Fatal(err)
	}
	other.await(keepalived.Master)
	master.await(keepalived.Backup)
	if err := other.files.SetPrimary(false); err != nil {
		t.Fatal(err)
	}
	if err := master.files.SetPrimary(true); err != nil {
		t.Fatal(err)
	}
	master.await(keepalived.Master)
	other.await(keepalived.Backup)
}

// TestDeaf: a host that hears nothing believes itself master; the master hears
// that, and stays, its address being higher.
func TestDeaf(t *testing.T) {
	t.Parallel()
	master, other := elect(t)
	other.Deafen(master.Address)
	other.await(keepalived.Master)
	master.await(keepalived.Contested)
	other.Hear()
	other.await(keepalived.Backup)
}

func TestLinkDown(t *testing.T) {
	t.Parallel()
	master, other := elect(t)
	other.Output("ip", "link", "set", "eth0", "down")
	if e := other.await(keepalived.Fault); e.Instance != "PC_VI" {
		t.Errorf("the instance is %q", e.Instance)
	}
	other.Output("ip", "link", "set", "eth0", "up")
	other.await(keepalived.Backup)
	master.signal(syscall.SIGTERM)
	other.await(keepalived.Master)
}

// TestReload: another configuration changes no state.
func TestReload(t *testing.T) {
	t.Parallel()
	master, other := elect(t)
	master.configure(300 * time.Millisecond)
	if err := master.files.Reload(); err != nil {
		t.Fatal(err)
	}
	other.configure(300 * time.Millisecond)
	if err := other.files.Reload(); err != nil {
		t.Fatal(err)
	}
	// Had either changed, its event would come before the one of the end.
	master.signal(syscall.SIGTERM)
	if e := <-master.events; e.State != keepalived.Stop {
		t.Errorf("the master's next event is %+v", e)
	}
	if e := <-other.events; e.State != keepalived.Master {
		t.Errorf("the other's next event is %+v", e)
	}
}

// TestApplyAfterACrash: what was installed by an agent that ended before
// keepalived heard of it is read when the next one applies the very same.
func TestApplyAfterACrash(t *testing.T) {
	t.Parallel()
	master, other := elect(t)
	content, err := os.ReadFile(master.files.Config)
	if err != nil {
		t.Fatal(err)
	}
	lower := bytes.ReplaceAll(content, []byte("priority 100"), []byte("priority 50"))
	cut := master.files
	cut.PID = filepath.Join(t.TempDir(), "pid")
	if err := os.WriteFile(cut.PID, []byte("not told yet"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cut.Apply(lower); err == nil {
		t.Fatal("it was told after all")
	}
	if _, err := master.files.Apply(lower); err != nil {
		t.Fatal(err)
	}
	other.await(keepalived.Master) // it leads now
	master.await(keepalived.Backup)

	// What was read needs no telling.
	if _, err := cut.Apply(lower); err != nil {
		t.Errorf("what was read: %v", err)
	}
}

// TestFIFOOfKeepalived: keepalived came first, so the FIFO is its own, and it
// removes it when it stops. The next one's events come all the same.
func TestFIFOOfKeepalived(t *testing.T) {
	t.Parallel()
	host, _ := netnstest.Pair(t)
	dir := t.TempDir()
	b := &backend{Host: host, t: t, name: "be1.example.com", files: keepalived.FilesIn(dir, dir), events: make(chan keepalived.Event, 100), log: filepath.Join(dir, "log")}
	b.configure(200 * time.Millisecond)
	b.start()
	await(t, func() bool { _, err := os.Stat(b.files.FIFO); return err == nil })
	b.listen()
	b.await(keepalived.Master)
	b.signal(syscall.SIGTERM)
	b.await(keepalived.Stop)
	if err := b.process.Wait(); err != nil {
		t.Fatal(err)
	}
	b.start()
	b.await(keepalived.Master)
	b.signal(syscall.SIGTERM)
	b.await(keepalived.Stop)
}

// await asks until something holds that makes no event.
func await(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	after := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-after:
			t.Fatal("what was waited for never held")
		}
	}
}

func TestListenRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fifo")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keepalived.Listen(file); err == nil {
		t.Error("a plain file is taken for a FIFO")
	}
	if _, err := keepalived.Listen(filepath.Join(t.TempDir(), "no", "fifo")); err == nil {
		t.Error("a directory that is not there holds a FIFO")
	}
}

// TestFIFOReplaced: others remove the FIFO, put garbage into the new one, and
// still the next event comes.
func TestFIFOReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fifo")
	l, err := keepalived.Listen(file)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	events, wrong, done := make(chan keepalived.Event, 9), make(chan error, 9), make(chan error, 1)
	go func() { done <- l.Run(ctx, func(e keepalived.Event) { events <- e }, func(err error) { wrong <- err }) }()
	say := func(text string) {
		t.Helper()
		f, err := os.OpenFile(file, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	say("INSTANCE \"V\" BACKUP 100\n")
	for range 3 {
		if e := <-events; e.State != keepalived.Backup {
			t.Errorf("%+v", e)
		}
		before, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		await(t, func() bool { now, err := os.Stat(file); return err == nil && !os.SameFile(before, now) })
		say("garbage\nINSTANCE \"V\" BACKUP 100\n")
		<-wrong
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
