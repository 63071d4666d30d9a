package ctl

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

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
