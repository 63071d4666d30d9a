package systemd_test

import (
	"bytes"
	"context"
	"errors"
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

func TestCommands(t *testing.T) {
	r := &systemdtest.Recorder{Units: map[string]*systemdtest.Unit{"a.service": {Loaded: true}}, Log: "line\n"}
	m := systemdtest.New(r)
	ctx := t.Context()
	var out bytes.Buffer
	for _, err := range []error{
		m.Reload(ctx), m.Enable(ctx, "a.service"), m.Start(ctx, "a.service"), m.Restart(ctx, "a.service"),
		m.Signal(ctx, "a.service", "HUP"), m.Stop(ctx, "a.service"), m.Tail(ctx, &out, "a.service", "b.service"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []string{
		"systemctl daemon-reload", "systemctl enable --quiet a.service", "systemctl start a.service", "systemctl restart a.service",
		"systemctl kill --kill-who=main --signal=HUP a.service", "systemctl stop a.service",
		"journalctl --no-pager --follow --lines=10 --output=cat --unit=a.service --unit=b.service",
	}
	if diff := cmp.Diff(want, r.Take()); diff != "" {
		t.Error(diff)
	}
	if out.String() != "line\n" {
		t.Errorf("log %q", out.String())
	}
	var failure *systemd.Failure
	if err := m.Start(ctx, "absent.service"); !errors.As(err, &failure) || failure.Code != 1 {
		t.Errorf("a unit that is not there: %v", err)
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
}

// The host itself runs commands and tells of those that fail.
func TestHost(t *testing.T) {
	ctx := context.Background()
	if out, err := (systemd.Host{}).Output(ctx, "echo", "a", "b"); err != nil || out != "a b\n" {
		t.Errorf("%q, %v", out, err)
	}
	var failure *systemd.Failure
	if _, err := (systemd.Host{}).Output(ctx, "sh", "-c", "echo no >&2; exit 3"); !errors.As(err, &failure) || failure.Code != 3 || failure.Text != "no\n" {
		t.Errorf("%v", err)
	}
	if _, err := (systemd.Host{}).Output(ctx, "/absent/command"); err == nil || errors.As(err, &failure) && failure.Command == "/absent/command" {
		t.Errorf("%v", err)
	}
	var out bytes.Buffer
	if err := (systemd.Host{}).Follow(ctx, &out, "echo", "x"); err != nil || out.String() != "x\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}
