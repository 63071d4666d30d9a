package agent

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/internal/datadir"
	"tournant/internal/ha"
	"tournant/internal/systemd"
)

// apiUnits start an API that does as told.
type apiUnits struct {
	playUnits
	start func()
}

func (u *apiUnits) Start(context.Context, string) error { u.start(); return nil }

func announce(t *testing.T, dir string, pid int) {
	t.Helper()
	data, err := json.Marshal(datadir.Server{PID: pid})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "server.json"), data, 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}

// The API listens when it says so itself, and not when another did before, on
// this host or the other, with the number of its process.
func TestStartAPIWaitsUntilItListens(t *testing.T) {
	dir := t.TempDir()
	u := &apiUnits{playUnits: playUnits{state: map[string]systemd.State{}}}
	s := &services{units: u, api: newLane(), apiData: dir}
	announce(t, dir, 7)
	u.start = func() { u.set(unitAPI, systemd.State{Active: true, PID: 7}) }
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := s.startAPI(ctx); !errors.Is(err, context.DeadlineExceeded) || codeOfPostgres(err) != ha.Timeout {
		t.Errorf("one that says nothing: %v", err)
	}
	if is, err := s.look(patience(t), unitAPI); err != nil || is != ha.Running {
		t.Errorf("one whose start was given up runs: %d, %v", is, err)
	}
	u.set(unitAPI, systemd.State{})
	u.start = func() {
		u.set(unitAPI, systemd.State{Active: true, PID: 8})
		if is, err := s.look(patience(t), unitAPI); err != nil || is != ha.Stopped {
			t.Errorf("one that runs and does not listen yet is up: %d, %v", is, err)
		}
		announce(t, dir, 8)
	}
	if err := s.startAPI(patience(t)); err != nil {
		t.Errorf("one that says so: %v", err)
	}
	u.start = func() {}
	if err := s.startAPI(patience(t)); err != nil {
		t.Errorf("one that runs: %v", err)
	}
	u.set(unitAPI, systemd.State{Failed: true})
	if err := s.startAPI(patience(t)); err == nil || !strings.Contains(err.Error(), "its log says why") {
		t.Errorf("one that ends: %v", err)
	}
}

// Whoever has nothing to kill has killed it.
func TestKillOfWhatDoesNotRun(t *testing.T) {
	u := &failingKill{playUnits{state: map[string]systemd.State{}}}
	s := &services{units: u, postgres: newLane()}
	if err := s.kill(patience(t), s.postgres, unitPostgres); err != nil {
		t.Errorf("nothing runs: %v", err)
	}
	u.set(unitPostgres, systemd.State{Active: true})
	if err := s.kill(patience(t), s.postgres, unitPostgres); err == nil {
		t.Error("what runs was not killed, and nobody says so")
	}
}

type failingKill struct{ playUnits }

func (*failingKill) Kill(context.Context, string) error { return errors.New("no such process") }

// drainingUnits are an API with requests that nothing ends.
type drainingUnits struct {
	playUnits
	kills int
}

func (*drainingUnits) Stop(ctx context.Context, _ string) error {
	<-ctx.Done()
	return ctx.Err()
}

func (u *drainingUnits) Kill(context.Context, string) error {
	u.kills++
	return nil
}

func TestStopAPIDrainsForSoLong(t *testing.T) {
	u := &drainingUnits{}
	s := &services{units: u, api: newLane()}
	if err := s.stopAPI(patience(t)); err != nil || u.kills != 1 {
		t.Errorf("killed %d times, %v", u.kills, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // as by a kill that goes first
	if err := s.stopAPI(ctx); err == nil || u.kills != 1 {
		t.Errorf("killed %d times after it was told to give up: %v", u.kills, err)
	}
}
