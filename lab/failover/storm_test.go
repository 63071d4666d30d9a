package failover_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/internal/mutation"
	"tournant/lab/cluster"
	"tournant/lab/storm"
)

// stormed are the mutants that a storm has to find without being told where to look.
var stormed = []string{"PostgreSQL with synchronous_commit=off", "an agent without a lease: the kernel lets everything out"}

// stormSeed is of a storm that begins with I/O that stalls, and cuts the primary's power early.
const stormSeed = 12

// A storm finds mutants, too.
func TestStormFindsMutants(t *testing.T) {
	if !*hunt {
		t.Log("without -mutants nothing is run")
		return
	}
	for _, m := range mutants {
		for _, name := range stormed {
			if m.name == name {
				t.Run(m.name, m.weather)
			}
		}
	}
}

// weather lets a storm loose on a mutant.
func (m mutant) weather(t *testing.T) {
	overlay, err := mutation.Overlay(root, t.TempDir(), m.edits)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "tournant")
	if err := mutation.Build(t.Context(), overlay, "tournant/cmd/tournant", program); err != nil {
		t.Fatal(err)
	}
	o := found(t)
	o.Clients, o.Direct, o.Cluster.Frontends, o.Cluster.Hosts = 16, 0, 2, &cluster.Plain{Program: program}
	r, err := storm.Run(t.Context(), storm.Options{Options: o, Seed: stormSeed, Length: 4 * time.Minute, Out: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range r.All() {
		for _, by := range m.by {
			if strings.Contains(wrong, by) {
				t.Logf("%s was found: %s; %s", m.name, by, r.Summary())
				return
			}
		}
	}
	t.Errorf("nobody noticed: %s, %q", r.Summary(), r.All())
}
