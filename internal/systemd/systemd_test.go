package systemd_test

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

	"github.com/google/go-cmp/cmp"

	"tournant/internal/systemd"
	"tournant/internal/systemd/systemdtest"
)

func TestState(t *testing.T) {
	r := &systemdtest.Recorder{Units: map[string]*systemdtest.Unit{
		"up.service":   {Loaded: true, Enabled: true, Active: true},
		"down.service": {Loaded: true},
	}}
	m := systemdtest.New(r)
	for unit, want := range map[string]systemd.State{
		"up.service":     {Loaded: true, Enabled: true, Active: true, PID: 4711, Since: 10 * time.Second},
		"down.service":   {Loaded: true, Since: 10 * time.Second},
		"absent.service": {Since: 10 * time.Second},
	} {
		want.Unit = unit
		got, err := m.State(t.Context(), unit)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", unit, err, diff)
		}
	}
}

func TestWhatIsAsked(t *testing.T) {
	r := &systemdtest.Recorder{Units: map[string]*systemdtest.Unit{"a.service": {Loaded: true}}, Log: "line\n"}
	m := systemdtest.New(r)
	ctx := t.Context()
	var out bytes.Buffer
	for _, err := range []error{
		m.Reload(ctx), m.Enable(ctx, "a.service"), m.Disable(ctx, "a.service"), m.Start(ctx, "a.service"), m.Restart(ctx, "a.service"),
		m.Signal(ctx, "a.service", "HUP"), m.Kill(ctx, "a.service"), m.Tail(ctx, &out, "a.service", "b.service"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if words, err := m.LastWords(ctx, "a.service", 3); err != nil || words != "line\n" {
		t.Errorf("last words %q, %v", words, err)
	}
	want := []string{
		"reload", "enable a.service", "reload", "disable a.service", "reload", "start a.service", "restart a.service",
		"kill main HUP a.service", "kill all KILL a.service", "stop a.service",
		"journalctl --no-pager --follow --lines=10 --output=cat --unit=a.service --unit=b.service",
		"journalctl --no-pager --quiet --output=cat --lines=3 --unit=a.service",
	}
	if diff := cmp.Diff(want, r.Take()); diff != "" {
		t.Error(diff)
	}
	if out.String() != "line\n" {
		t.Errorf("log %q", out.String())
	}
	if err := m.Signal(ctx, "a.service", "NONE"); err == nil {
		t.Error("there is no such signal")
	}
}

func TestWithoutSystemd(t *testing.T) {
	m := systemdtest.New(&systemdtest.Recorder{})
	m.Booted = func() bool { return false }
	_, err := m.State(t.Context(), "a.service")
	for _, err := range []error{err, m.Start(t.Context(), "a.service"), m.Tail(t.Context(), nil, "a.service")} {
		if !errors.Is(err, systemd.ErrNotRunning) {
			t.Errorf("%v, want %v", err, systemd.ErrNotRunning)
		}
	}
	m = systemd.OnHost()
	m.Booted = func() bool { return true }
	m.Dial = func(ctx context.Context) (systemd.Bus, error) { return systemd.DialSocket(ctx, t.TempDir()+"/absent") }
	if err := m.Start(t.Context(), "a.service"); err == nil || !strings.Contains(err.Error(), "connect to systemd") {
		t.Errorf("without its socket: %v", err)
	}
}

const service = "[Unit]\nDescription=test\n[Service]\nTimeoutStopSec=600\n"

// Over the wire, with a real systemd: that what is asked comes about, and is
// waited for.
func TestRealSystemd(t *testing.T) {
	m := systemdtest.Start(t, map[string]string{
		"ready.service":    service + "Type=notify\nNotifyAccess=all\nExecStart=/bin/sh -c 'sleep 0.1; systemd-notify --ready; exec sleep 600'\n[Install]\nWantedBy=test.target\n",
		"stubborn.service": service + "Type=notify\nNotifyAccess=all\nExecStart=/bin/sh -c 'trap \"\" TERM; systemd-notify --ready; while :; do sleep 600; done'\nKillMode=mixed\n",
		"broken.service":   service + "Type=notify\nExecStart=/bin/false\n",
		"endless.service":  service + "Type=notify\nExecStart=/bin/sleep 600\n",
		"bound.service":    service + "ExecStart=/bin/sleep 600\n[Unit]\nBindsTo=ready.service\nAfter=ready.service\n",
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	expect := func(unit string, want systemd.State) {
		t.Helper()
		got, err := m.State(ctx, unit)
		if running := got.PID > 0; err != nil || running != want.Active {
			t.Errorf("%s: process %d, %v", unit, got.PID, err)
		}
		want.Unit, want.PID, want.Since = unit, got.PID, got.Since
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", unit, diff)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	expect("ready.service", systemd.State{Loaded: true})
	expect("absent.service", systemd.State{})

	for range 2 {
		must(m.Start(ctx, "ready.service"))
		expect("ready.service", systemd.State{Loaded: true, Active: true})
	}
	must(m.Start(ctx, "bound.service"))
	before, err := m.State(ctx, "ready.service")
	must(err)
	must(m.Restart(ctx, "ready.service"))
	if after, err := m.State(ctx, "ready.service"); err != nil || after.PID == before.PID {
		t.Errorf("restarted: process %d is still %d, %v", after.PID, before.PID, err)
	}
	must(m.Reload(ctx))
	must(m.Stop(ctx, "ready.service"))
	expect("ready.service", systemd.State{Loaded: true})
	expect("bound.service", systemd.State{Loaded: true})

	must(m.Start(ctx, "stubborn.service"))
	short, cancelShort := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancelShort()
	if err := m.Stop(short, "stubborn.service"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stopped what heeds no TERM: %v", err)
	}
	expect("stubborn.service", systemd.State{Loaded: true, Active: true})
	must(m.Kill(ctx, "stubborn.service"))
	if s, err := m.State(ctx, "stubborn.service"); err != nil || s.Active {
		t.Errorf("killed: %+v, %v", s, err)
	}
	must(m.Kill(ctx, "ready.service")) // which does not run

	var failure *systemd.Failure
	if err := m.Start(ctx, "broken.service"); !errors.As(err, &failure) || failure.Result != "failed" {
		t.Errorf("broken: %v", err)
	}
	expect("broken.service", systemd.State{Loaded: true, Failed: true})
	if err := m.Start(ctx, "absent.service"); !errors.As(err, &failure) || failure.Result != "org.freedesktop.systemd1.NoSuchUnit" || failure.Text != "Unit absent.service not found." {
		t.Errorf("absent: %+v", err)
	}
	tooShort, cancelTooShort := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancelTooShort()
	if err := m.Start(tooShort, "endless.service"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("started what is never ready: %v", err)
	}
	must(m.Start(ctx, "ready.service"))
	must(m.Signal(ctx, "ready.service", "TERM"))
	must(m.Enable(ctx, "ready.service"))
	if s, err := m.State(ctx, "ready.service"); err != nil || !s.Enabled {
		t.Errorf("enabled: %+v, %v", s, err)
	}
	must(m.Disable(ctx, "ready.service"))
	if s, err := m.State(ctx, "ready.service"); err != nil || s.Enabled {
		t.Errorf("disabled: %+v, %v", s, err)
	}
}

// While a unit is being stopped, and waits for one that is bound to it, the
// latter is not started again: that would call the stop off.
func TestStartUnopposed(t *testing.T) {
	m := systemdtest.Start(t, map[string]string{
		"agent.service":    service + "Type=exec\nExecStart=/bin/sleep 600\n",
		"database.service": service + "Type=exec\nExecStart=/bin/sleep 600\nExecStop=/bin/sleep 2\n[Unit]\nBindsTo=agent.service\nAfter=agent.service\n",
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := errors.Join(m.Start(ctx, "agent.service"), m.StartUnopposed(ctx, "database.service")); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- m.Stop(ctx, "agent.service") }()
	var failure *systemd.Failure
	for refused := 0; refused < 3; { // within the two seconds that it takes to stop
		err := m.StartUnopposed(ctx, "database.service")
		switch {
		case errors.As(err, &failure):
			refused++
		case err != nil || len(stopped) > 0:
			t.Fatalf("it was started: %v", err)
		}
	}
	if err := <-stopped; err != nil {
		t.Errorf("the stop: %v", err)
	}
	for _, unit := range []string{"agent.service", "database.service"} {
		if s, err := m.State(ctx, unit); err != nil || s.Active {
			t.Errorf("%s is %+v, %v", unit, s, err)
		}
	}
}

// An agent that is being stopped stops units that are to outlast it, and so does
// a kill. They stay stopped, also where the agent is started again.
func TestStopAhead(t *testing.T) {
	dir := t.TempDir()
	stopping, released := filepath.Join(dir, "stopping"), filepath.Join(dir, "released")
	const bound = service + "Type=exec\nExecStart=/bin/sleep 600\n[Unit]\nBindsTo=agent.service\nBefore=agent.service\n"
	m := systemdtest.Start(t, map[string]string{
		"agent.service": service + "Type=exec\nExecStart=/bin/sleep 600\n" +
			"ExecStop=/bin/sh -c 'touch " + stopping + "; until [ -e " + released + " ]; do sleep 0.02; done'\n",
		"database.service": bound, "api.service": bound,
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	running := func(want bool, units ...string) {
		t.Helper()
		for _, unit := range units {
			if s, err := m.State(ctx, unit); err != nil || s.Active != want {
				t.Fatalf("%s is %+v, %v, want active %t", unit, s, err, want)
			}
		}
	}
	must := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	for name, end := range map[string]func(context.Context, string) error{"stop": m.Stop, "restart": m.Restart} {
		must(m.Start(ctx, "agent.service"), m.StartUnopposed(ctx, "database.service"), m.StartUnopposed(ctx, "api.service"))
		ended := make(chan error, 1)
		go func() { ended <- end(ctx, "agent.service") }()
		for _, err := os.Stat(stopping); err != nil; _, err = os.Stat(stopping) {
			must(ctx.Err())
			time.Sleep(10 * time.Millisecond)
		}
		running(true, "database.service", "api.service") // they wait for the agent's end
		must(m.StopAhead(ctx, "database.service"), m.Kill(ctx, "api.service"))
		running(false, "database.service", "api.service")
		running(true, "agent.service")
		var failure *systemd.Failure
		if name == "stop" {
			if err := m.StartUnopposed(ctx, "database.service"); !errors.As(err, &failure) {
				t.Errorf("it was started while the agent was being stopped: %v", err)
			}
		}
		must(os.WriteFile(released, nil, 0o600), <-ended)
		running(false, "database.service", "api.service")
		must(m.Stop(ctx, "agent.service"), os.Remove(stopping), os.Remove(released))
	}
}

// A service that nobody vouches for any more is killed, by systemd alone.
func TestDeadman(t *testing.T) {
	m := systemdtest.Start(t, map[string]string{
		"guarded.service": service + "Type=notify\nNotifyAccess=main\nWatchdogSignal=SIGKILL\nKillMode=mixed\n" +
			"ExecStart=/bin/sh -c 'systemd-notify --ready --pid=$$$$; trap \"\" TERM; while :; do sleep 600; done'\n",
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := m.Start(ctx, "guarded.service"); err != nil {
		t.Fatal(err)
	}
	s, err := m.State(ctx, "guarded.service")
	if err != nil || !s.Active || s.PID == 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", s.PID))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range strings.Split(string(environ), "\x00") {
		if socket, ok := strings.CutPrefix(v, "NOTIFY_SOCKET="); ok {
			t.Setenv("NOTIFY_SOCKET", socket)
		}
	}
	const within = 2 * time.Second
	for until := time.Now().Add(2 * within); time.Now().Before(until); time.Sleep(within / 10) { // the time is what is tested
		if err := systemd.Deadman(s.PID, within); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := m.State(ctx, "guarded.service"); err != nil || !s.Active {
		t.Fatalf("it was killed though it was vouched for: %+v, %v", s, err)
	}
	for {
		s, err := m.State(ctx, "guarded.service")
		if err != nil {
			t.Fatalf("it goes on: %v", err)
		}
		if s.Failed {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := systemd.Deadman(s.PID, within); err == nil {
		t.Error("a process that is gone was vouched for")
	}
	t.Setenv("NOTIFY_SOCKET", "")
	if err := systemd.Deadman(os.Getpid(), within); err == nil {
		t.Error("nobody was told, and nothing was said of it")
	}
}
