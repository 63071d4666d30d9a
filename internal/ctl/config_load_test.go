package ctl

import (
	"testing"

	"tournant/internal/setup"
)

// What the last reconfigure found in ENV holds where this shell does not say
// otherwise, and for the installed configuration alone.
func TestKeptEnvironment(t *testing.T) {
	a, _, _ := onHost(t, "be1", nil)
	write(t, a.path(setup.EnvironmentFile), "# kept\nTOKEN=\"kept\"\nOTHER=\"kept\"\n")
	shell := map[string]string{"OTHER": "shell"}
	a.LookupEnv = func(name string) (string, bool) { value, ok := shell[name]; return value, ok }
	for _, test := range []struct {
		installed bool
		name      string
		want      string
	}{{true, "TOKEN", "kept"}, {true, "OTHER", "shell"}, {true, "NONE", ""}, {false, "TOKEN", ""}, {false, "OTHER", "shell"}} {
		env, err := a.env(test.installed)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := env.Getenv(test.name); got != test.want || ok != (test.want != "") {
			t.Errorf("%s, installed %v: %q, %v, want %q", test.name, test.installed, got, ok, test.want)
		}
	}
}
