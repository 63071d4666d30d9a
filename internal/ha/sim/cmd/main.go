// Command cmd runs the simulation from `make sim`.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok := run(ctx, os.Stdout, *seed, *n, *workers, *trace, *brief)
	stop()
	if !ok {
		os.Exit(1)
	}
}

// run says whether everything holds: of a run that was interrupted, nobody knows.
func run(ctx context.Context, out io.Writer, seed, n uint64, workers int, trace, brief bool) bool {
	if trace {
		return explain(out, sim.Generate(seed))
	}
	start := time.Now()
	show, clear := progress(n, start)
	stats, failure := sim.Run(ctx, seed, n, workers, show)
	clear()
	took, done := time.Since(start), stats.Schedules
	if failure != nil {
		if brief {
			fmt.Fprintf(out, "seed %d breaks %s\n", failure.Seed, failure.Violation)
			return false
		}
		fmt.Fprintf(out, "seed %d breaks %s\n\nShrunk:\n", failure.Seed, failure.Violation)
		return explain(out, sim.Shrink(sim.Generate(failure.Seed)))
	}
	if done < n {
		fmt.Fprintf(out, "Interrupted: %d of %d seeds are done.\n\n", done, n)
	}
	if done == 0 {
		return false
	}
	fmt.Fprintf(out, "Seeds %d to %d hold I1 to I9: %.0f schedules/s on %d workers.\n\n", seed, seed+done-1, float64(done)/took.Seconds(), workers)
	stats.Report(out)
	missed := stats.Unreached()
	for _, m := range missed {
		fmt.Fprintf(out, "\nNever reached: %s\n", m)
	}
	return done == n && (len(missed) == 0 || n < enough)
}

// explain prints the history of a schedule, and whether it holds.
func explain(out io.Writer, s sim.Schedule) bool {
	history, violation := sim.NewWorld(nil).Trace(s)
	fmt.Fprintf(out, "%s\n%s", s, history)
	return violation == nil
}

// progress shows on a terminal how far it is, and then takes that away again.
func progress(n uint64, start time.Time) (show func(done uint64), clear func()) {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil, func() {}
	}
	const line = "\r\x1b[K"
	show = func(done uint64) { fmt.Fprint(os.Stderr, line, pace(done, n, time.Since(start))) }
	return show, func() { fmt.Fprint(os.Stderr, line) }
}

// pace is how many are done, how fast, and how long the rest will take.
func pace(done, n uint64, took time.Duration) string {
	rate := float64(done) / took.Seconds()
	if done == 0 {
		return fmt.Sprintf("0 of %d", n)
	}
	left := time.Duration(float64(n-done) / rate * float64(time.Second))
	return fmt.Sprintf("%d of %d (%d %%), %.0f/s, %v left", done, n, 100*done/n, rate, left.Round(time.Second))
}
