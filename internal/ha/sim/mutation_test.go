package sim_test

import (
	"errors"
	"flag"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tournant/internal/mutation"
)

var seeds = flag.Uint64("mutants", 0, "how many seeds each mutant gets; with 0 it is only edited")

// TestMutants removes each rule in turn from the source, with an overlay, so that
// what ships knows nothing of it, and wants the simulation red.
func TestMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.rule+" "+m.what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			overlay := mutate(t, m, dir)
			if *seeds > 0 {
				hunt(t, m, overlay, filepath.Join(dir, "sim"))
			}
		})
	}
}

// hunt runs a mutant until it breaks an invariant.
func hunt(t *testing.T, m mutant, overlay, bin string) {
	t.Helper()
	if err := mutation.Build(t.Context(), overlay, "./cmd", bin); err != nil {
		t.Fatal(err)
	}
	n := strconv.FormatUint(*seeds, 10)
	out, err := exec.CommandContext(t.Context(), bin, "-n", n, "-workers", "1", "-brief").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(string(out), "breaks") {
		t.Fatalf("%s seeds held without this rule (%v):\n%.300s", n, err, out)
	}
	t.Logf("%s: %s: %s", m.rule, m.what, out)
}

// mutate makes a mutant's edits and returns the overlay that puts them in.
func mutate(t *testing.T, m mutant, dir string) string {
	t.Helper()
	var edits []mutation.Edit
	for _, e := range m.edits {
		edits = append(edits, mutation.Edit{File: e.file, Old: e.old, New: e.new})
	}
	overlay, err := mutation.Overlay("..", dir, edits)
	if err != nil {
		t.Fatal(err)
	}
	return overlay
}
