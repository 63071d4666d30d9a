package postgres_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A power cut may leave an empty postmaster.pid, or one with the number of what
// is another process here. PostgreSQL does not start over either, and does once
// they are removed. Over one that runs nothing is.
func TestUnlock(t *testing.T) {
	r := prepare(t)
	who, err := r.Credential()
	if err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(r.Data, "postmaster.pid")
	other := exec.Command("sleep", "600") // a process of PostgreSQL's user
	other.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	for what, content := range map[string]string{
		"empty": "", "another's": fmt.Sprintf("%d\n%s\n1764000000\n%d\n%s\n127.0.0.1\n", other.Process.Pid, r.Data, r.settings.Port, r.Socket),
	} {
		if err := os.WriteFile(lock, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(lock, int(who.Uid), int(who.Gid)); err != nil {
			t.Fatal(err)
		}
		command := exec.Command(r.Command(r.settings)[0], r.Command(r.settings)[1:]...)
		command.SysProcAttr, command.Dir = &syscall.SysProcAttr{Credential: who}, r.Socket
		out, err := command.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "postmaster.pid") {
			t.Fatalf("%s: PostgreSQL itself: %v, %s", what, err, out)
		}
		if err := r.Unlock(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if err := r.Unlock(); err != nil {
			t.Errorf("%s: again: %v", what, err)
		}
	}
	r.start(t)
	r.super(t, func(ctx context.Context, conn *pgx.Conn) {
		if err := r.Unlock(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(lock); err != nil {
			t.Errorf("of a server that runs: %v", err)
		}
		if err := conn.Ping(ctx); err != nil {
			t.Error(err)
		}
	})
}
