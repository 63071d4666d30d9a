package ctl

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tournant/internal/setup"
	"tournant/internal/store"
)

// The log that lies in a data directory is gathered, and no other file of it.
func TestGatherLogsOfADataDirectory(t *testing.T) {
	for log, want := range map[string]string{
		"{\"msg\":\"serving\"}\n": "{\"msg\":\"serving\"}\n",
		"":                        "A server on --data DIR writes its log to its standard error.\n",
	} {
		dir := t.TempDir()
		files := map[string]string{store.FileName: "", "pivotal.pem": "hidden"}
		if log != "" {
			files["server.log"] = log
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		archive := filepath.Join(t.TempDir(), "logs.tgz")
		a, out := newApp("")
		if code := Run(t.Context(), a.Env, []string{"gather-logs", "--data", dir, "-o", archive}); code != 0 {
			t.Fatalf("exit code %d: %s", code, out)
		}
		got := unpack(t, archive)
		if len(got) != 4 || got["logs.txt"] != want {
			t.Errorf("gathered %q, want %q in logs.txt and three other files", got, want)
		}
	}
}

// On a standby, whose server is down, the archive has what ha-status says, and no
// secret, wherever the configuration has it. A broken configuration is told of.
func TestGatherLogsOfAStandby(t *testing.T) {
	a, out, _ := onHost(t, "be1", &play{frames: []frame{{standby("be1"), primary("be2")}}})
	source, err := os.ReadFile(a.path(setup.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	gather := func(source string) map[string]string {
		write(t, a.path(setup.ConfigFile), source)
		archive := filepath.Join(t.TempDir(), "logs.tgz")
		if code := Run(t.Context(), a.Env, []string{"gather-logs", "-o", archive}); code != 0 {
			t.Fatalf("exit code %d: %s", code, out)
		}
		return unpack(t, archive)
	}
	got := gather(string(source) + "plain = 'hunter2'\npostgresql['db_superuser_password'] = plain\ndata_collector['token'] =\n  'hunter3'\n")
	for name, want := range map[string]string{"config.json": `"topology": "ha"`, "ha-status.txt": "cluster status = backup", "status.txt": "tournant"} {
		if !strings.Contains(got[name], want) {
			t.Errorf("%s has no %q:\n%s", name, want, got[name])
		}
	}
	for name, text := range got {
		if strings.Contains(text, "hunter") || strings.Contains(text, "hush") {
			t.Errorf("%s has a secret:\n%s", name, text)
		}
	}
	if got := gather("topology 'ring'\n"); !strings.Contains(got["config.txt"], "topology") {
		t.Errorf("of a broken configuration: %q", got)
	}
}

// unpack returns the files of an archive by their base names.
func unpack(t *testing.T, archive string) map[string]string {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(gz); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(h.Name)] = string(text)
	}
}
