package sim_test

import (
	"testing"

	"tournant/internal/ha/sim"
)

// BenchmarkSchedule runs one schedule after another.
func BenchmarkSchedule(b *testing.B) {
	b.ReportAllocs()
	w := sim.NewWorld(nil)
	for i := range b.N {
		if v := w.Run(sim.Generate(uint64(i))); v != nil {
			b.Fatalf("seed %d breaks %s", i, v)
		}
	}
}
