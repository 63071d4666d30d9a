// Package mutation gives tests a program that is wrong on purpose: the source is
// edited in an overlay of the go command, so that neither the work tree nor what
// ships knows of it.
package mutation

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// An Edit replaces a text, which must be there exactly once.
type Edit struct {
	File     string // below the root
	Old, New string
}

// Overlay makes the edits, one after the other, to copies below dir, and returns
// the file for -overlay that puts them in the place of those below root.
func Overlay(root, dir string, edits []Edit) (string, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for i, e := range edits {
		original := filepath.Join(root, e.File)
		source := overlay.Replace[original]
		if source == "" {
			source = original
		}
		text, err := os.ReadFile(source)
		if err != nil {
			return "", err
		}
		if n := strings.Count(string(text), e.Old); n != 1 {
			return "", fmt.Errorf("%s has %d times, want once, since mutants follow the code:\n%s", e.File, n, e.Old)
		}
		edited := filepath.Join(dir, strconv.Itoa(i)+".go")
		if err := os.WriteFile(edited, []byte(strings.Replace(string(text), e.Old, e.New, 1)), 0o600); err != nil { //nolint:gosec // where the test says
			return "", err
		}
		overlay.Replace[original] = edited
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	list := filepath.Join(dir, "overlay.json")
	return list, os.WriteFile(list, text, 0o600)
}

// Build builds a package as an overlay has it.
func Build(ctx context.Context, overlay, pkg, program string) error {
	c := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-overlay", overlay, "-o", program, pkg) //nolint:gosec // what the test says
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("build a mutant: %w: %s", err, out)
	}
	return nil
}
