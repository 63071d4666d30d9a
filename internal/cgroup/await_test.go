package cgroup_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tournant/internal/cgroup"
	"tournant/internal/systemd/plain/plaintest"
)

func TestAwait(t *testing.T) {
	group := plaintest.Group(t)
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Rmdir(group); err != nil {
			t.Error(err)
		}
	})
	patience, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	is := func(event string, want bool) {
		t.Helper()
		if err := cgroup.Await(patience, group, event, want); err != nil {
			t.Error(err)
		}
	}
	is("populated", false)
	c := in(t, group, "sleep", "1000")
	is("populated", true)
	for _, freeze := range []string{"1", "0"} {
		if err := os.WriteFile(filepath.Join(group, "cgroup.freeze"), []byte(freeze), 0o600); err != nil {
			t.Fatal(err)
		}
		is("frozen", freeze == "1")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := cgroup.Await(ended, group, "populated", false); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: got %v, want %v", err, context.Canceled)
	}
	waited := make(chan error, 1)
	go func() { waited <- cgroup.Await(patience, group, "populated", false) }()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // killed, it says so
	if err := <-waited; err != nil {
		t.Error(err)
	}
	if err := cgroup.Await(patience, group+"-none", "populated", false); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a group that there is not: got %v, want %v", err, os.ErrNotExist)
	}
}

// in starts a process in a group.
func in(t *testing.T, group, name string, args ...string) *exec.Cmd {
	t.Helper()
	g, err := os.Open(group)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	c := exec.Command(name, args...)
	c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(g.Fd())}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}
