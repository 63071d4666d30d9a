package agent

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tournant/internal/boottime"
	"tournant/internal/ha"
	"tournant/internal/postgres"
	"tournant/internal/storage"
	"tournant/internal/systemd"
	"tournant/internal/vip"
)

// looking sees a host that has the volume mounted and takes beats of it.
func looking(t *testing.T, data func() (bool, error)) *executor {
	t.Helper()
	cfg := someConfig()
	cfg.Mount = "/proc" // something is mounted there
	d, _ := opened(t)
	if _, _, err := d.take(t.Context(), ha.Epoch{}); err != nil {
		t.Fatal(err)
	}
	on, err := vip.NewAddress(cfg.VIP, cfg.Device)
	if err != nil {
		t.Fatal(err)
	}
	units := &playUnits{state: map[string]systemd.State{unitPostgres: {Active: true}}}
	return &executor{
		cfg: cfg, device: d, address: &address{address: on}, look: newLane(),
		services: &services{units: units, cluster: &postgres.Cluster{}},
		root:     &room{log: discard(), look: func() (bool, error) { return false, nil }},
		data:     &room{log: discard(), look: data},
	}
}

// A volume that stalls hides nothing of this host but how full it is.
func TestObserveOfAVolumeThatStalls(t *testing.T) {
	stall, looks := make(chan bool), 0
	x := looking(t, func() (bool, error) { looks++; return <-stall, nil })
	for range 3 {
		if r := x.observe(patience(t)); r.Code != ha.OK || !r.Local.Mounted || r.Local.Postgres != ha.Running || r.Local.DataFull {
			t.Fatalf("while it stalls: code %d (%s), %+v", r.Code, r.Text, r.Local)
		}
	}
	stall <- true
	for ctx := patience(t); !x.data.wasFull(); {
		if ctx.Err() != nil {
			t.Fatal("what was seen in the end is not told")
		}
	}
	go func() { stall <- true }()
	if r := x.observe(patience(t)); !r.Local.DataFull {
		t.Errorf("a volume that is full: %+v", r.Local)
	}
	if looks > 2 {
		t.Errorf("%d looks, want one at a time", looks)
	}
}

// While a beat is late no other I/O is begun.
func TestObserveWhileABeatIsLate(t *testing.T) {
	var mu sync.Mutex
	looks := 0
	x := looking(t, func() (bool, error) { mu.Lock(); defer mu.Unlock(); looks++; return true, nil })
	if r := x.observe(patience(t)); !r.Local.DataFull || looks != 1 {
		t.Fatalf("%d looks, %+v", looks, r.Local)
	}
	block, err := storage.OpenBlock(x.device.epoch)
	if err != nil {
		t.Fatal(err)
	}
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	x.device.quiet()
	x.device.beats = storage.StartHeartbeat(block, boottime.Now, func() time.Time { <-hang; return time.Now() })
	x.device.beats.Beat()
	x.device.cfg.Times.HeartbeatEvery = time.Nanosecond
	if r := x.observe(patience(t)); !r.Local.DataFull || looks != 1 {
		t.Errorf("%d looks, %+v, want what was seen last", looks, r.Local)
	}
}

// What cannot be looked at is as it was.
func TestRoomThatCannotBeLookedAt(t *testing.T) {
	var err error
	r := &room{log: discard(), look: func() (bool, error) { return err == nil, err }}
	if !r.isFull(context.Background()) {
		t.Error("it is full and not told so")
	}
	err = errors.New("no such luck")
	if !r.isFull(context.Background()) {
		t.Error("what is not known is told as new")
	}
}

// Whoever has to know is told of each look, also of one that failed, and that
// nobody could be told is logged once.
func TestRoomTells(t *testing.T) {
	var log bytes.Buffer
	var look, deaf error
	var told []bool
	full := true
	r := &room{
		log: slog.New(slog.NewTextHandler(&log, nil)), look: func() (bool, error) { return full, look },
		tell: func(full bool) error { told = append(told, full); return deaf },
	}
	r.see(make(chan struct{}))
	full, look, deaf = false, errors.New("no such luck"), errors.New("nobody hears")
	r.see(make(chan struct{}))
	look = nil
	r.see(make(chan struct{}))
	if want := []bool{true, true, false}; !slices.Equal(told, want) {
		t.Errorf("told %t, want %t", told, want)
	}
	if got := strings.Count(log.String(), "nobody hears"); got != 1 {
		t.Errorf("logged %d times, want once: %s", got, &log)
	}
}

// A PostgreSQL that is yet to start reads it when it does, and is not asked.
func TestRoomOfAPostgresThatDoesNotRun(t *testing.T) {
	dir := t.TempDir()
	s := &services{
		units:   &playUnits{state: map[string]systemd.State{}},
		cluster: &postgres.Cluster{Conf: dir, User: postgres.Superuser, Socket: dir},
	}
	for _, full := range []bool{true, false} {
		s.forecast(full)
		if err := s.tellRoom(!full); err != nil {
			t.Errorf("told %t: %v", !full, err)
		}
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(left) != 1 {
			t.Fatalf("left %v, %v, want one file", left, err)
		}
		text, err := os.ReadFile(left[0])
		if want := map[bool]string{true: " = on\n", false: " = off\n"}[full]; err != nil || string(text) != postgres.VolumeFull+want {
			t.Errorf("it will read %q, %v, want it to end in %q", text, err, want)
		}
	}
}
