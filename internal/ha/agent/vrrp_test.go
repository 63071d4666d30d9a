package agent

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tournant/internal/ha"
	"tournant/internal/keepalived"
	"tournant/internal/systemd"
)

// playUnits are units in whatever state a test wants.
type playUnits struct {
	mu    sync.Mutex
	state map[string]systemd.State
}

func (u *playUnits) Start(context.Context, string) error { return nil }
func (u *playUnits) Stop(context.Context, string) error  { return nil }
func (u *playUnits) Kill(context.Context, string) error  { return nil }

func (u *playUnits) State(_ context.Context, unit string) (systemd.State, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.state[unit], nil
}

func (u *playUnits) set(unit string, s systemd.State) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.state[unit] = s
}

// watching starts a watcher on a real FIFO and returns what it tells.
func watching(t *testing.T, u *playUnits, busy func(string) bool) (write func(string), told <-chan ha.Event) {
	t.Helper()
	return run(t, &watcher{units: u, busy: busy})
}

func run(t *testing.T, w *watcher) (write func(string), told <-chan ha.Event) {
	t.Helper()
	fifo := filepath.Join(t.TempDir(), "fifo")
	l, err := keepalived.Listen(fifo)
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan ha.Event, 64)
	w.device, w.silence, w.log, w.stopped = "lo", 3*time.Second, discard(), make(chan struct{}, 1)
	w.tell = func(e ha.Event) { events <- e }
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { _ = w.listen(ctx, l) })
	wait.Go(func() { w.watch(ctx) })
	t.Cleanup(func() { cancel(); wait.Wait() })
	return func(line string) {
		f, err := os.OpenFile(fifo, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
	}, events
}

func expect(t *testing.T, told <-chan ha.Event, what string, want ha.Event) {
	t.Helper()
	select {
	case got := <-told:
		if got != want {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
		}
	case <-time.After(20 * time.Second):
		t.Errorf("%s: nothing is told", what)
	}
}

func vrrp(e ha.VRRPEvent) ha.Event { return ha.Event{Kind: ha.EventVRRP, VRRP: e} }

func never(string) bool { return false }

func TestWatcherTellsWhatKeepalivedSees(t *testing.T) {
	u := &playUnits{state: map[string]systemd.State{unitKeepalived: {Active: true, Since: time.Minute}}}
	write, told := watching(t, u, never)
	expect(t, told, "at the start", vrrp(ha.VRRPBackup)) // it runs, is no master, and the interface is up
	for line, want := range map[string]ha.VRRPEvent{
		`INSTANCE "PC_VI" MASTER 100`:              ha.VRRPMaster,
		`INSTANCE "PC_VI" BACKUP 100`:              ha.VRRPBackup,
		`INSTANCE "PC_VI" FAULT 100`:               ha.VRRPFault,
		`INSTANCE "PC_VI" MASTER_RX_LOWER_PRI 150`: ha.VRRPRxLower,
	} {
		write(line)
		expect(t, told, line, vrrp(want))
	}
}

// What is left of a keepalived that was killed says STOP as one that was
// stopped does. Only the latter is an operator's wish.
func TestWatcherTellsAStopFromACrash(t *testing.T) {
	const stop = `INSTANCE "PC_VI" STOP 100`
	for what, test := range map[string]struct {
		state systemd.State
		want  ha.VRRPEvent
	}{
		"stopped":       {systemd.State{}, ha.VRRPStop},
		"killed":        {systemd.State{Failed: true}, ha.VRRPCrashed},
		"started again": {systemd.State{Active: true}, ha.VRRPCrashed},
	} {
		u := &playUnits{state: map[string]systemd.State{}}
		write, told := watching(t, u, never)
		u.set(unitKeepalived, test.state)
		write(stop)
		expect(t, told, what, vrrp(test.want))
	}
}

// One that is restarted says STOP, and may run again and have said BACKUP before
// anybody saw it gone. That it was gone is then no news.
func TestWatcherBelievesARestartedKeepalived(t *testing.T) {
	u := &playUnits{state: map[string]systemd.State{unitKeepalived: {Active: true}}}
	write, told := watching(t, u, never)
	write(`INSTANCE "PC_VI" STOP 100`)
	write(`INSTANCE "PC_VI" BACKUP 100`)
	expect(t, told, "what it said last", vrrp(ha.VRRPBackup))
	select {
	case got := <-told:
		t.Errorf("after that: %+v", got)
	case <-time.After(stopTakes + lookEvery):
	}
}

func TestWatcherTellsOfUnitsThatEnd(t *testing.T) {
	running := systemd.State{Active: true}
	u := &playUnits{state: map[string]systemd.State{unitPostgres: running, unitAPI: running, unitKeepalived: running}}
	busy := func(unit string) bool { return unit == unitAPI }
	_, told := watching(t, u, busy)
	time.Sleep(2 * lookEvery) // it must have seen them run
	u.set(unitAPI, systemd.State{})
	u.set(unitPostgres, systemd.State{Failed: true})
	expect(t, told, "PostgreSQL alone, since something is being done to the API", ha.Event{Kind: ha.EventService, Service: ha.StartPostgres})
	u.set(unitKeepalived, systemd.State{Failed: true})
	expect(t, told, "keepalived", vrrp(ha.VRRPCrashed))
}

// A keepalived that has not run for long when the agent starts was stopped.
func TestWatcherFindsKeepalivedStopped(t *testing.T) {
	u := &playUnits{state: map[string]systemd.State{unitKeepalived: {Since: time.Minute}}}
	_, told := watching(t, u, never)
	expect(t, told, "at the start", vrrp(ha.VRRPStop))
}

// systemd is told of each heartbeat once, for each unit that uses the volume and runs.
func TestSystemdHearsOfHeartbeats(t *testing.T) {
	u := &playUnits{state: map[string]systemd.State{
		unitPostgres: {Active: true, PID: 11}, unitAPI: {}, unitKeepalived: {Active: true, PID: 13},
	}}
	var proven ha.Instant
	var guarded []int
	var failure error
	w := &watcher{
		units: u, log: discard(), busy: func(string) bool { return false }, tell: func(ha.Event) {},
		proven: func() ha.Instant { return proven }, deadman: 10 * time.Second, told: map[string]ha.Instant{},
		guard: func(pid int, within time.Duration) error {
			if within != 10*time.Second {
				t.Errorf("within %v", within)
			}
			guarded = append(guarded, pid)
			return failure
		},
	}
	running := map[string]bool{}
	for _, step := range []struct {
		name    string
		proven  ha.Instant
		failure error
		want    []int
	}{
		{"no heartbeat yet", 0, nil, nil},
		{"a heartbeat", 1, nil, []int{11}},
		{"none since", 1, nil, nil},
		{"another, which systemd does not hear", 2, os.ErrClosed, []int{11}},
		{"so it is told again", 2, nil, []int{11}},
	} {
		proven, failure, guarded = step.proven, step.failure, nil
		w.lookAt(t.Context(), running)
		if !slices.Equal(guarded, step.want) {
			t.Errorf("%s: told of %v, want %v", step.name, guarded, step.want)
		}
	}
	u.set(unitAPI, systemd.State{Active: true, PID: 12})
	proven, guarded = 3, nil
	if w.lookAt(t.Context(), running); !slices.Equal(guarded, []int{11, 12}) {
		t.Errorf("told of %v", guarded)
	}
}

// An agent that was told to stop hears nothing of keepalived, which ends with the
// host; but what it still has, as long as it lets go of it, must not be ended by
// systemd as if there were no agent.
func TestABlindWatcherGoesOnFeeding(t *testing.T) {
	u := &playUnits{state: map[string]systemd.State{
		unitPostgres: {Active: true, PID: 11}, unitKeepalived: {Active: true},
	}}
	var beats atomic.Int64
	fed := make(chan int, 64)
	w := &watcher{
		units: u, busy: never, deadman: 10 * time.Second, told: map[string]ha.Instant{},
		proven: func() ha.Instant { return ha.Instant(beats.Add(1)) },
		guard:  func(pid int, _ time.Duration) error { fed <- pid; return nil },
	}
	w.blind()
	write, told := run(t, w)
	write(`INSTANCE "PC_VI" MASTER 100`)
	write(`INSTANCE "PC_VI" STOP 100`)
	u.set(unitKeepalived, systemd.State{Since: time.Minute})
	ctx := patience(t)
	for n := 0; n < 3; { // looks, after the words were read
		select {
		case pid := <-fed:
			if words, _ := w.said(); words == 2 {
				n++
			}
			if pid != 11 {
				t.Errorf("fed %d", pid)
			}
		case <-ctx.Done():
			t.Fatal("systemd hears of no heartbeat any more")
		}
	}
	u.set(unitPostgres, systemd.State{Failed: true})
	expect(t, told, "of PostgreSQL and nothing of VRRP", ha.Event{Kind: ha.EventService, Service: ha.StartPostgres})
}
