package sim_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// seeds is how many a mutant gets to show itself. What ships holds for all.
const seeds = "20000"

// TestMutants removes each rule in turn from the source, with an overlay, so that
// what ships knows nothing of it, and wants the simulation red.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Log("built and run as a whole only by make mutants")
		return
	}
	for _, m := range mutants {
		t.Run(m.rule+" "+m.what, func(t *testing.T) {
			t.Parallel()
			out, err := exec.CommandContext(t.Context(), build(t, m), "-n", seeds, "-workers", "1", "-brief").CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.Contains(string(out), "breaks") {
				t.Fatalf("%d seeds held without this rule (%v):\n%.300s", 20000, err, out)
			}
			t.Logf("%s: %s: %s", m.rule, m.what, out)
		})
	}
}

// build builds the simulation with a mutant's edits.
func build(t *testing.T, m mutant) string {
	t.Helper()
	dir := t.TempDir()
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
	bin := filepath.Join(dir, "sim")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "-o", bin, "./cmd").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return bin
}
