package packaging_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/internal/postgres"
	"tournant/internal/setup"
	"tournant/internal/systemd"
	"tournant/internal/systemd/systemdtest"
)

// section is a section of a unit's text, without its heading.
func section(text, name string) string {
	_, text, _ = strings.Cut(text, "["+name+"]\n")
	text, _, _ = strings.Cut(text, "\n[")
	return text + "\n"
}

// backend is a systemd with a backend's units as they are ordered, and programs
// that do nothing. The agent's, when it is to end, says so in the file stopping,
// and ends when there is the file released.
type backend struct {
	*systemd.Manager
	stopping, released string
}

const (
	unitAgent    = "tournant-ha.service"
	unitServer   = "tournant.service"
	unitDatabase = postgres.Unit
)

func startBackend(t *testing.T) *backend {
	t.Helper()
	dir := t.TempDir()
	b := &backend{stopping: filepath.Join(dir, "stopping"), released: filepath.Join(dir, "released")}
	unit := func(name string) string {
		t.Helper()
		text, err := os.ReadFile("systemd/" + name)
		if err != nil {
			t.Fatal(err)
		}
		ordered := section(string(text), "Unit")
		return "[Unit]\n" + strings.ReplaceAll(ordered, "AssertPathExists=/etc/opscode/chef-server.rb", "")
	}
	const sleep = "[Service]\nType=exec\nExecStart=/bin/sleep 600\n"
	wait := "ExecStop=/bin/sh -c 'touch " + b.stopping + "; until [ -e " + b.released + " ]; do sleep 0.02; done'\n"
	database := postgres.OnVolume("/var/opt/opscode/drbd/data", "/usr/bin").UnitText(postgres.Settings{})
	b.Manager = systemdtest.Start(t, map[string]string{
		unitAgent:    unit(unitAgent) + sleep + wait,
		unitServer:   unit(unitServer) + section(setup.BackendDropIn, "Unit") + sleep,
		unitDatabase: "[Unit]\n" + section(database, "Unit") + sleep,
	})
	return b
}

// up starts what a primary runs, as its agent does.
func (b *backend) up(ctx context.Context) error {
	return errors.Join(b.Start(ctx, unitAgent), b.StartUnopposed(ctx, unitDatabase), b.StartUnopposed(ctx, unitServer))
}

// expect waits for a state of units.
func (b *backend) expect(ctx context.Context, t *testing.T, active bool, units ...string) {
	t.Helper()
	for _, unit := range units {
		for {
			s, err := b.State(ctx, unit)
			if err != nil {
				t.Fatalf("%s: %+v, want active %t: %v", unit, s, active, err)
			}
			if s.Active == active {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// However an agent is told to end, also by the end of the host, the VIP is the
// agent's to take away before PostgreSQL and the API end: systemd stops them
// behind it, and it stops them itself.
func TestTheAgentEndsFirst(t *testing.T) {
	for name, end := range map[string]func(*backend, context.Context) error{
		"stop":     func(b *backend, ctx context.Context) error { return b.Stop(ctx, unitAgent) },
		"restart":  func(b *backend, ctx context.Context) error { return b.Restart(ctx, unitAgent) },
		"shutdown": func(b *backend, ctx context.Context) error { return b.Start(ctx, "shutdown.target") },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			b := startBackend(t)
			if err := b.up(ctx); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- end(b, ctx) }()
			for _, err := os.Stat(b.stopping); err != nil && ctx.Err() == nil; _, err = os.Stat(b.stopping) {
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(100 * time.Millisecond) // for what would end with the agent
			for _, unit := range []string{unitServer, unitDatabase} {
				if s, err := b.State(ctx, unit); err != nil || !s.Active {
					t.Errorf("%s ended before the agent: %+v, %v", unit, s, err)
				}
			}
			if err := errors.Join(b.StopAhead(ctx, unitServer), b.StopAhead(ctx, unitDatabase)); err != nil {
				t.Fatal(err)
			}
			b.expect(ctx, t, false, unitServer, unitDatabase)
			if err := errors.Join(os.WriteFile(b.released, nil, 0o600), <-ended); err != nil {
				t.Fatal(err)
			}
			b.expect(ctx, t, false, unitServer, unitDatabase)
		})
	}
}

// What an agent that was killed left goes on, for the next one.
func TestWhatRunsOutlivesAKilledAgent(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	b := startBackend(t)
	if err := b.up(ctx); err != nil {
		t.Fatal(err)
	}
	if err := b.Signal(ctx, unitAgent, "KILL"); err != nil {
		t.Fatal(err)
	}
	b.expect(ctx, t, false, unitAgent)
	time.Sleep(300 * time.Millisecond) // for what would end with the agent
	for _, unit := range []string{unitServer, unitDatabase} {
		if s, err := b.State(ctx, unit); err != nil || !s.Active {
			t.Errorf("%s ended with the agent: %+v, %v", unit, s, err)
		}
	}
}

// An agent that begins and ends again and again: what it left is ended, keepalived
// silenced, and the agent tried again later. Who stops it ends that.
func TestAnAgentThatDoesNotStayUp(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	begun, dropped, waited := filepath.Join(dir, "begun"), filepath.Join(dir, "dropped"), filepath.Join(dir, "waited")
	text := func(name string, replace ...string) string {
		data, err := os.ReadFile("systemd/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(replace); i += 2 {
			if !strings.Contains(string(data), replace[i]) {
				t.Fatalf("%s has no %s", name, replace[i])
			}
		}
		return strings.NewReplacer(replace...).Replace(string(data))
	}
	m := systemdtest.Start(t, map[string]string{
		unitAgent: text(unitAgent, "AssertPathExists=/etc/opscode/chef-server.rb", "", "Type=notify", "Type=exec", "OOMScoreAdjust=-950", "",
			"ExecStart=/usr/bin/tournant ha-agent\n", "ExecStart=/bin/sh -c 'echo >>"+begun+"; exit 1'\n"),
		"tournant-ha-failed.service": text("tournant-ha-failed.service", "sleep 30", "until rm "+waited+"; do sleep 0.1; done", "systemctl ", "systemctl --user ",
			"tournant ha-agent --drop", "touch "+dropped),
		unitDatabase: "[Service]\nType=exec\nExecStart=/bin/sleep 600\n",
	})
	starts := func() int {
		data, _ := os.ReadFile(begun) // before the first there is none
		return len(data)
	}
	await := func(what string, holds func() bool) {
		t.Helper()
		for !holds() {
			if ctx.Err() != nil {
				t.Fatalf("%s: never", what)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if err := m.Start(ctx, unitDatabase); err != nil {
		t.Fatal(err)
	}
	_ = m.Start(ctx, unitAgent) // it ends at once
	await("the lease is dropped, and keepalived silenced", func() bool { _, err := os.Stat(dropped); return err == nil })
	await("PostgreSQL ends", func() bool { s, err := m.State(ctx, unitDatabase); return err == nil && !s.Active })
	const burst = 8
	if n := starts(); n != burst {
		t.Errorf("given up after %d starts, want %d", n, burst)
	}
	if err := os.WriteFile(waited, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	await("the agent is tried again", func() bool { return starts() > burst })
	await("and given up again", func() bool { return starts() == 2*burst })
	await("which is waited after", func() bool { s, err := m.State(ctx, "tournant-ha-failed.service"); return err == nil && s.Active })
	if err := m.Stop(ctx, unitAgent); err != nil {
		t.Fatal(err)
	}
	await("nothing waits any more", func() bool { s, err := m.State(ctx, "tournant-ha-failed.service"); return err == nil && !s.Active })
	if n := starts(); n != 2*burst {
		t.Errorf("an agent that was stopped was started %d times more", n-2*burst)
	}
}
