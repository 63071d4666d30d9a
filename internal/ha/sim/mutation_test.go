package sim_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
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
	out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", bin, "./cmd").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	n := strconv.FormatUint(*seeds, 10)
	out, err = exec.CommandContext(t.Context(), bin, "-n", n, "-workers", "1", "-brief").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(string(out), "breaks") {
		t.Fatalf("%s seeds held without this rule (%v):\n%.300s", n, err, out)
	}
	t.Logf("%s: %s: %s", m.rule, m.what, out)
}

// mutate makes a mutant's edits and returns the overlay that puts them in.
func mutate(t *testing.T, m mutant, dir string) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for i, e := range m.edits {
		path := filepath.Join(root, e.file)
		source := replace[path]
		if source == "" {
			source = path
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), e.old); n != 1 {
			t.Fatalf("%s has %d times, want once:\n%s", e.file, n, e.old)
		}
		to := filepath.Join(dir, string(rune('a'+i))+".go")
		if err := os.WriteFile(to, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[path] = to
	}
	overlay, err := json.Marshal(struct{ Replace map[string]string }{replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	return list
}
