package sim_test

import (
	"context"
	"strings"
	"testing"

	"tournant/internal/ha/sim"
)

// TestSeeds is a glance at what `make sim` does at length.
func TestSeeds(t *testing.T) {
	stats, failure := sim.Run(t.Context(), 1, 400, 2, nil)
	if failure != nil {
		t.Fatalf("seed %d breaks %s; make sim N=1 SEED=%d tells how", failure.Seed, failure.Violation, failure.Seed)
	}
	if stats.Schedules != 400 {
		t.Errorf("ran %d schedules, want 400", stats.Schedules)
	}
}

// What an interrupt leaves is a range of seeds without a hole.
func TestInterruptedRunIsARange(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var at uint64
	stats, failure := sim.Run(ctx, 1, 1<<40, 2, func(done uint64) { at = done; cancel() })
	if failure != nil {
		t.Fatalf("seed %d breaks %s", failure.Seed, failure.Violation)
	}
	again, _ := sim.Run(t.Context(), 1, stats.Schedules, 2, nil)
	if stats.Schedules < at || again.Events != stats.Events {
		t.Errorf("interrupted after %d seeds: got %d seeds and %d events, want the %d events of as many from the first on",
			at, stats.Schedules, stats.Events, again.Events)
	}
}

// A seed is a history: what a run finds, another must find again.
func TestOneSeedOneHistory(t *testing.T) {
	w := sim.NewWorld(nil)
	for seed := range uint64(20) {
		first, _ := sim.NewWorld(nil).Trace(sim.Generate(seed))
		again, _ := w.Trace(sim.Generate(seed)) // in a world that others were in before
		if first != again {
			t.Fatalf("seed %d has two histories", seed)
		}
		if !strings.Contains(first, "boots") {
			t.Fatalf("seed %d has no history:\n%s", seed, first)
		}
	}
}
