package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGenerate: every command that one can see has its page, and both programs
// complete in three shells.
func TestGenerate(t *testing.T) {
	dir := t.TempDir()
	c := command()
	c.SetArgs([]string{"generate", dir})
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"man8/tournant.8":                    "tournant-serve(8)",
		"man8/tournant-serve.8":              "max-body",
		"man8/chef-server-ctl.8":             "chef-server-ctl-reconfigure(8)",
		"man8/chef-server-ctl-user-create.8": "Create a user",
		"bash/chef-server-ctl":               "__start_chef-server-ctl",
		"bash/tournant":                      "__start_tournant",
		"zsh/_chef-server-ctl":               "#compdef chef-server-ctl",
		"zsh/_tournant":                      "#compdef tournant",
		"fish/chef-server-ctl.fish":          "-c chef-server-ctl",
		"fish/tournant.fish":                 "-c tournant",
	} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(strings.ReplaceAll(string(got), `\-`, "-"), want) {
			t.Errorf("%s: %v, without %q", name, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "man8/tournant-generate.8")); err == nil {
		t.Error("a hidden command has a page")
	}
}
