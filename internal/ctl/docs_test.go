package ctl_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"tournant/internal/ctl"
)

var (
	documented     = regexp.MustCompile("chef-server-ctl ([a-z][a-z-]*)([^`\n|&;#]*)")
	documentedFlag = regexp.MustCompile(`--([a-z][a-z_-]*)`)
)

// What the documentation has people type is there to be typed.
func TestDocumentedCommands(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, %v", files, err)
	}
	root := ctl.Command()
	seen := 0
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range documented.FindAllStringSubmatch(string(text), -1) {
			c, _, err := root.Find([]string{m[1]})
			if err != nil || c == root {
				t.Errorf("%s: %s: there is no such command", file, m[0])
				continue
			}
			for _, flag := range documentedFlag.FindAllStringSubmatch(m[2], -1) {
				if c.Flags().Lookup(flag[1]) == nil && root.PersistentFlags().Lookup(flag[1]) == nil && flag[1] != "help" {
					t.Errorf("%s: %s: there is no flag %s", file, m[0], flag[0])
				}
			}
			seen++
		}
	}
	if seen < 50 {
		t.Errorf("only %d commands were found", seen)
	}
}
