// Package packaging_test holds the units of the packages to the programs that
// they run.
package packaging_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/keepalived"
	"tournant/internal/setup"
)

// setting is what a unit says; each name is said once.
func setting(t *testing.T, unit, name string) string {
	t.Helper()
	text, err := os.ReadFile("systemd/" + unit)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
			values = append(values, value)
		}
	}
	if len(values) != 1 {
		t.Fatalf("%s says %s %d times, want once", unit, name, len(values))
	}
	return values[0]
}

func TestPathsAreThoseOfSetup(t *testing.T) {
	for name, want := range map[string]string{
		"ExecStart": "/usr/bin/tournant serve --config " + setup.ConfigFile, "AssertPathExists": setup.ConfigFile,
		"ReadWritePaths": setup.DataDir,
	} {
		if got := setting(t, setup.Unit, name); got != want {
			t.Errorf("%s=%s, want %s", name, got, want)
		}
	}
}

// The agent and keepalived find each other by the files that the unit names.
func TestKeepalivedIsRunAsTheAgentKnowsIt(t *testing.T) {
	files := keepalived.FilesIn(setup.DataDir+"/keepalived", "/run/tournant-ha")
	want := append([]string{"/usr/sbin/keepalived"}, files.Args()...)
	if diff := cmp.Diff(want, strings.Fields(setting(t, "tournant-keepalived.service", "ExecStart"))); diff != "" {
		t.Errorf("tournant-keepalived.service: %s", diff)
	}
	for _, unit := range []string{"tournant-keepalived.service", "tournant-ha.service"} {
		if got, want := setting(t, unit, "RuntimeDirectoryPreserve"), "yes"; got != want {
			t.Errorf("%s: RuntimeDirectoryPreserve=%s, want %s: one's end would take the other's files", unit, got, want)
		}
	}
}

// A mount namespace would keep the volume mounted after the host let go of it.
// The server's unit, which has one elsewhere, has none by the drop-in.
func TestNoMountNamespaceOnABackend(t *testing.T) {
	for unit, dropIn := range map[string]string{
		"tournant-keepalived.service": "", "tournant-ha.service": "", setup.Unit: setup.BackendDropIn,
	} {
		text, err := os.ReadFile("systemd/" + unit)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range namespaces(string(text) + dropIn) {
			if value != "" && value != "no" {
				t.Errorf("%s: %s=%s gives it a mount namespace", unit, name, value)
			}
		}
	}
}

// namespaces are the settings of a unit that make a mount namespace; the last
// of a name holds.
func namespaces(text string) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		for _, makes := range []string{
			"Private", "Protect", "ReadWrite", "ReadOnly", "Inaccessible", "BindPaths", "BindReadOnly", "Temporary", "Root", "Mount", "DynamicUser", "StateDirectory",
			"CacheDirectory", "LogsDirectory", "ConfigurationDirectory",
		} {
			if strings.HasPrefix(name, makes) {
				found[name] = value
			}
		}
	}
	return found
}
