package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tournant/internal/config"
)

func TestExposedSecrets(t *testing.T) {
	const written = "data_collector['token'] = 'hunter2'\n"
	for _, test := range []struct {
		what, source string
		mode         os.FileMode
		want         string
	}{
		{"a secret for everybody", written, 0o644, "data_collector['token']"},
		{"a secret for root and its group", written, 0o640, ""},
		{"no secret", "nginx['ssl_port'] = 443\n", 0o644, ""},
		{"a secret from ENV", "data_collector['token'] = ENV['TOKEN']\n", 0o644, ""},
	} {
		file := filepath.Join(t.TempDir(), "chef-server.rb")
		if err := os.WriteFile(file, []byte(test.source), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, test.mode); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(file, config.Env{Getenv: func(string) (string, bool) { return "hunter3", true }})
		if err != nil {
			t.Fatalf("%s: %v", test.what, err)
		}
		var got []string
		for _, w := range c.Warnings {
			if strings.Contains(w.String(), "everybody") {
				got = append(got, w.String())
			}
		}
		text := strings.Join(got, "\n")
		if len(got) > 1 || (test.want == "") != (text == "") || !strings.Contains(text, test.want) || strings.Contains(text, "hunter") {
			t.Errorf("%s: warned %q, want %q", test.what, text, test.want)
		}
	}
}
