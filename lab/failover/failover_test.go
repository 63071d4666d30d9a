package failover_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/failover"
	"tournant/lab/fakeec2"
	"tournant/lab/machine"
)

// dir is the same at each run, so that the next one removes what a killed one
// has left.
var dir = filepath.Join(os.TempDir(), "tournant-failover")

func TestMain(m *testing.M) {
	machine.Init()
	os.Exit(m.Run())
}

// founding builds the program, and a server's volume for all tests to begin
// with.
var founding = sync.OnceValues(func() (*failover.Founding, error) {
	build := exec.Command("go", "build", "-o", program(), "tournant/cmd/tournant")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the program: %w: %s", err, out)
	}
	return failover.Found(context.Background(), options(nil), filepath.Join(dir, "founding"))
})

func program() string { return filepath.Join(dir, "bin", "tournant") }

// options are those of a cluster whose EC2 takes no time.
func options(f *failover.Founding) failover.Options {
	o := failover.Options{
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Within: 2 * time.Minute, Clients: 6, Direct: 2, Pace: 100 * time.Millisecond,
		Cluster: cluster.Config{
			Dir: filepath.Join(dir, "run"), Prefix: "tfail", Hosts: &cluster.Plain{Program: program()}, Frontends: 1, Advert: 200 * time.Millisecond, Seed: rand.Uint64(),
		},
	}
	if f != nil {
		o.Cluster.Volume, o.Superuser = f.Volume, f.Superuser
	}
	return o
}

func found(t *testing.T) failover.Options {
	t.Helper()
	f, err := founding()
	if err != nil {
		t.Fatal(err)
	}
	o := options(f)
	t.Logf("seed %d", o.Cluster.Seed)
	return o
}

// Two real agents, keepalived, PostgreSQL and API servers go through what
// happens most. The record of the whole table is in lab/RESULTS.md.
func TestFirstLife(t *testing.T) {
	for _, name := range []string{"planned", "power-cut", "freeze-thaw"} {
		t.Run(name, func(t *testing.T) {
			row, err := failover.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := failover.Run(t.Context(), found(t), row)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(r)
			for _, wrong := range r.Wrong {
				t.Error(wrong)
			}
			if r.Moved != row.Moves {
				t.Errorf("taken over: %v, want %v", r.Moved, row.Moves)
			}
			if n := r.Failed["fe1"]; n > 0 {
				t.Errorf("%d requests to the frontend failed", n)
			}
			if r.Frames == 0 || r.Acknowledged == 0 {
				t.Errorf("%d frames left from the VIP and %d writes were acknowledged", r.Frames, r.Acknowledged)
			}
		})
	}
}

// A primary without its volume is silent three seconds after its last
// heartbeat, whatever has become of its agent.
func TestFence(t *testing.T) {
	for _, name := range []string{"alive", "killed", "frozen"} {
		t.Run(name, func(t *testing.T) {
			r, err := failover.Fence(t.Context(), found(t), fakeec2.FaultIOError, failover.Fences()[name])
			if err != nil {
				t.Fatal(err)
			}
			t.Log(r)
			if r.Before == 0 {
				t.Error("nothing left from the VIP while the volume was there")
			}
			if r.Late > 0 {
				t.Errorf("%d frames left from the VIP after its lease", r.Late)
			}
		})
	}
}
