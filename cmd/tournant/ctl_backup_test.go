package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestBackupAndRestore goes through both commands: what was there at the
// backup is there after the restore, searches find it, and a running server is
// never restored over.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	data, dir := t.TempDir(), t.TempDir()
	do := func(code int, command string) string {
		t.Helper()
		got, stdout, stderr := runCtl(t, place{data: data}, command, "")
		if got != code {
			t.Fatalf("%s: exit code %d, want %d; it said:\n%s%s", command, got, code, stdout, stderr)
		}
		return strings.TrimSpace(stdout)
	}
	stop := startServer(t, place{data: data}, "self-signed")
	do(0, "org-create kept Kept -q")
	archive := do(0, "backup -o "+dir)
	if filepath.Dir(archive) != dir {
		t.Errorf("backup written to %s, want it in %s", archive, dir)
	}
	do(0, "org-create lost Lost -q")
	do(1, "restore -c "+archive) // the server runs
	stop()
	do(3, "restore "+archive) // nobody says yes
	if got := do(0, "org-list"); got != "kept\nlost" {
		t.Errorf("organizations %q after restores that were refused", got)
	}
	do(0, "restore -c "+archive)

	defer startServer(t, place{data: data}, "self-signed")()
	if got := do(0, "org-list"); got != "kept" {
		t.Errorf("organizations %q after the restore", got)
	}
	do(0, "reindex kept")
	kept, err := filepath.Glob(filepath.Join(data, "replaced-*", "tournant.db"))
	if err != nil || len(kept) != 1 {
		t.Errorf("what was replaced: %v, %v", kept, err)
	}
}

// TestOneServerADirectory refuses a second server, which takes nothing away
// from the first.
func TestOneServerADirectory(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	defer startServer(t, place{data: data}, "off")()
	o := serveOptions{data: data, listen: "127.0.0.1:0", tls: "off", now: time.Now}
	if s, err := openServer(t.Context(), o, slog.New(slog.DiscardHandler)); err == nil {
		_ = s.Close()
		t.Fatal("a second server opened the directory")
	}
	if _, err := os.Stat(filepath.Join(data, "server.json")); err != nil {
		t.Errorf("the first server's announcement: %v", err)
	}
}
