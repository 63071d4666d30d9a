package config_test

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

// environment is the same for all files.
func environment(name string) (string, bool) {
	v, ok := map[string]string{"CHEF_DB_PASSWORD": "hush"}[name]
	return v, ok
}

// hostOf reads the first line of a file: # host: NAME ADDRESS/BITS.
func hostOf(t *testing.T, source string) config.Host {
	t.Helper()
	var name, prefix string
	if _, err := fmt.Sscanf(source, "# host: %s %s\n", &name, &prefix); err != nil {
		t.Fatalf("the file does not say which host reads it: %v", err)
	}
	return config.Host{FQDN: name, Addresses: []netip.Prefix{netip.MustParsePrefix(prefix)}}
}

// TestFiles holds what each file of testdata means: its warnings and what is
// derived, or its mistakes with the exit code.
func TestFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.rb")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".rb"), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			env := config.Env{Host: hostOf(t, string(source)), Getenv: environment}
			got := told(config.Evaluate("chef-server.rb", string(source), env))
			golden := strings.TrimSuffix(file, ".rb") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
			for _, secret := range []string{"hush", "p@ss", "AKIA", "correct horse", "DELETED"} {
				if strings.Contains(got, secret) {
					t.Errorf("a secret is shown: %s", secret)
				}
			}
		})
	}
}

// told is all that a file leads to, as text.
func told(c *config.Config, err error) string {
	var problems config.Problems
	if errors.As(err, &problems) {
		return fmt.Sprintf("%v\nexit %d\n", problems, problems.ExitCode())
	}
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, w := range c.Warnings {
		fmt.Fprintln(&b, w)
	}
	shown, err := c.Show()
	if err != nil {
		return err.Error()
	}
	return b.String() + string(shown)
}

// FuzzEvaluate holds that any source leads to a configuration that can be
// shown, or to mistakes with a code.
func FuzzEvaluate(f *testing.F) {
	files, err := filepath.Glob("testdata/*.rb")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(source))
	}
	host := config.Host{FQDN: "be1.example.com", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}}
	f.Fuzz(func(t *testing.T, source string) {
		c, err := config.Evaluate("chef-server.rb", source, config.Env{Host: host, Getenv: environment})
		var problems config.Problems
		switch {
		case errors.As(err, &problems):
			if len(problems) == 0 || problems.ExitCode() == 0 || problems.Error() == "" {
				t.Errorf("no mistakes: %#v", problems)
			}
		case err != nil:
			t.Error(err)
		default:
			if _, err := c.Show(); err != nil {
				t.Error(err)
			}
		}
	})
}
