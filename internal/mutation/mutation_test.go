package mutation_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tournant/internal/mutation"
)

const source = "package main\n\nfunc main() { println(\"one\", \"two\") }\n"

func tree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{"main.go": source, "go.mod": "module mutant\n"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// Edits of one file add up, and the file stays as it was.
func TestBuild(t *testing.T) {
	root := tree(t)
	overlay, err := mutation.Overlay(root, t.TempDir(), []mutation.Edit{{"main.go", "one", "red"}, {"main.go", "two", "fish"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	program := filepath.Join(t.TempDir(), "program")
	if err := mutation.Build(t.Context(), overlay, ".", program); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), program).CombinedOutput(); err != nil || string(out) != "red fish\n" {
		t.Errorf("the mutant says %q, %v", out, err)
	}
	if text, err := os.ReadFile("main.go"); err != nil || string(text) != source {
		t.Errorf("the source is now %q, %v", text, err)
	}
}

func TestOverlayRefuses(t *testing.T) {
	root := tree(t)
	for name, e := range map[string]mutation.Edit{
		"what is not there":   {"main.go", "three", "red"},
		"what is there twice": {"main.go", "main", "red"},
		"a file that is gone": {"gone.go", "one", "red"},
	} {
		if _, err := mutation.Overlay(root, t.TempDir(), []mutation.Edit{e}); err == nil || !strings.Contains(err.Error(), e.File) {
			t.Errorf("%s: %v, want an error that names %s", name, err, e.File)
		}
	}
}
