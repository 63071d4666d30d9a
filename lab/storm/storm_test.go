package storm_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tournant/lab/failover"
	"tournant/lab/machine"
	"tournant/lab/storm"
)

// dir is the same at each run, so that the next one removes what a killed one
// has left.
var dir = filepath.Join(os.TempDir(), "tournant-storm-test")

func TestMain(m *testing.M) {
	machine.Init()
	os.Exit(m.Run())
}

// A short storm of real agents, keepalived, PostgreSQL and servers, where EC2 takes no
// time. How long anybody was without service depends on who else uses the machine and
// is not looked at here.
func TestShortStorm(t *testing.T) {
	program := filepath.Join(t.TempDir(), "tournant")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "tournant/cmd/tournant").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v: %s", err, out)
	}
	g := failover.Ground{Hosts: failover.Namespaces, Program: program, Profile: "instant", Dir: dir, Prefix: "tstorm"}
	o, err := g.Found(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.Clients, o.Direct, o.Cluster.Frontends = 8, 0, 2
	o.Log = slog.New(slog.DiscardHandler)
	r, err := storm.Run(t.Context(), storm.Options{Options: o, Seed: rand.Uint64(), Length: 40 * time.Second, Out: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range r.Wrong {
		t.Error(wrong)
	}
	last := r.Gusts[len(r.Gusts)-1]
	if r.Acknowledged == 0 || r.Frames == 0 || r.Picture == nil || last.Primary == "" {
		t.Errorf("seed %d: %s; the last gust: %+v", r.Seed, r.Summary(), last)
	}
	if err := storm.Append(filepath.Join(t.TempDir(), fmt.Sprint(r.Seed)), r); err != nil {
		t.Error(err)
	}
}
