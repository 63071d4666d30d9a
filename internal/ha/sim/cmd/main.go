// Command cmd runs the simulation from `make sim`.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"golang.org/x/term"

	"tournant/internal/ha/sim"
)

// enough seeds reach every fault, reason and action.
const enough = 20_000

func main() {
	seed := flag.Uint64("seed", 1, "the first seed")
	n := flag.Uint64("n", 20_000, "how many seeds")
	workers := flag.Int("workers", runtime.NumCPU(), "how many run at once")
	trace := flag.Bool("trace", false, "print the history of the first seed and stop")
	brief := flag.Bool("brief", false, "say in one line what breaks, without shrinking it")
	flag.Parse()
	if !run(os.Stdout, *seed, *n, *workers, *trace, *brief) {
		os.Exit(1)
	}
}

func run(out io.Writer, seed, n uint64, workers int, trace, brief bool) bool {
	if trace {
		return explain(out, sim.Generate(seed))
	}
	start := time.Now()
	stats, failure := sim.Run(seed, n, workers, progress(n, start))
	took := time.Since(start)
	if failure != nil {
		if brief {
			fmt.Fprintf(out, "seed %d breaks %s\n", failure.Seed, failure.Violation)
			return false
		}
		fmt.Fprintf(out, "seed %d breaks %s\n\nShrunk:\n", failure.Seed, failure.Violation)
		return explain(out, sim.Shrink(sim.Generate(failure.Seed)))
	}
	fmt.Fprintf(out, "Seeds %d to %d hold I1 to I9: %.0f schedules/s on %d workers.\n\n", seed, seed+n-1, float64(n)/took.Seconds(), workers)
	stats.Report(out)
	missed := stats.Unreached()
	for _, m := range missed {
		fmt.Fprintf(out, "\nNever reached: %s\n", m)
	}
	return len(missed) == 0 || n < enough
}

// explain prints the history of a schedule, and whether it holds.
func explain(out io.Writer, s sim.Schedule) bool {
	history, violation := sim.NewWorld(nil).Trace(s)
	fmt.Fprintf(out, "%s\n%s", s, history)
	return violation == nil
}

// progress shows on a terminal how far it is.
func progress(n uint64, start time.Time) func(uint64) {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	return func(done uint64) {
		fmt.Fprintf(os.Stderr, "\r%d of %d, %.0f/s ", done, n, float64(done)/time.Since(start).Seconds())
	}
}
