package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"tournant/internal/datadir"
	"tournant/internal/pgtest"
	"tournant/internal/signing"
	"tournant/internal/store"
)

// TestMain lets the test binary be the program: what the tests kill is a real
// process that runs the same code.
func TestMain(m *testing.M) {
	if os.Getenv("TOURNANT_TEST_RUN_MAIN") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(pgtest.Main(m))
}

// process is a `tournant serve` of its own.
type process struct {
	cmd *exec.Cmd
	url string
	dir string
}

// startProcess starts a server over dir and waits until it says where it
// listens.
func startProcess(t *testing.T, dir string, flags ...string) *process {
	t.Helper()
	return startProgram(t, os.Args[0], dir, flags...)
}

// startProgram is startProcess with another build of the program.
func startProgram(t *testing.T, program, dir string, flags ...string) *process {
	t.Helper()
	args := append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0", "--tls", "off"}, flags...)
	cmd := exec.CommandContext(context.Background(), program, args...)
	cmd.Env = append(os.Environ(), "TOURNANT_TEST_RUN_MAIN=1")
	logs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatalf("pipe: %v", err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start: %v", err)
	}
	p := &process{cmd: cmd, dir: dir}
	t.Cleanup(p.kill)
	lines := bufio.NewScanner(logs)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			p.url = "http://" + line.Address
			p.tellErrors(t, lines)
			return p
		}
		t.Logf("server: %s", lines.Text())
	}
	t.Fatal("the server ended before it served")
	return nil
}

// tellErrors goes on reading a server's log, and has a test that fails show the
// last of its errors.
func (p *process) tellErrors(t *testing.T, lines *bufio.Scanner) {
	const last = 20
	var mu sync.Mutex
	var errs []string
	go func() {
		for lines.Scan() {
			if line := lines.Text(); strings.Contains(line, `"level":"ERROR"`) {
				mu.Lock()
				errs = append(errs[max(0, len(errs)-last+1):], line)
				mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if t.Failed() {
			t.Logf("the last errors of %s:\n%s", p.url, strings.Join(errs, "\n"))
		}
	})
}

// databaseFile returns a file with the URL of a new PostgreSQL database.
func databaseFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "database")
	if err := os.WriteFile(file, []byte(pgtest.New(t)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// stop asks the process to end and waits for it.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("signal: %v", err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Fatalf("the server did not end well: %v", err)
	}
}

// superuser signs as pivotal with the key that the server left in its
// directory.
func (p *process) superuser(t *testing.T) *signing.Signer {
	t.Helper()
	return superuserOf(t, p.dir)
}

func superuserOf(t *testing.T, dir string) *signing.Signer {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(dir, datadir.SuperuserKey))
	if err != nil {
		t.Fatalf("key: %v", err)
	}
	key, err := signing.ParsePrivateKey(pem)
	if err != nil {
		t.Fatalf("key: %v", err)
	}
	return &signing.Signer{Name: store.Superuser, Key: key}
}

func nodeName(i int) string { return fmt.Sprintf("node-%04d", i) }
