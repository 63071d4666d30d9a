package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/apiclient"
	"tournant/internal/ctl"
	"tournant/internal/datadir"
	"tournant/internal/pgtest"
	"tournant/internal/store"
)

// TestBackupAndRestore goes through both commands: what was there at the
// backup is there after the restore, searches find it, and a running server is
// never restored over.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	onEach(t, testBackupAndRestore)
}

func testBackupAndRestore(t *testing.T, at place) {
	dir := t.TempDir()
	do := func(code int, command string) string {
		t.Helper()
		got, stdout, stderr := runCtl(t, at, command, "")
		if got != code {
			t.Fatalf("%s: exit code %d, want %d; it said:\n%s%s", command, got, code, stdout, stderr)
		}
		return strings.TrimSpace(stdout)
	}
	stop := startServer(t, at, "self-signed")
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
	do(0, "restore -c "+archive+" -t 60 --pg-options '-c work_mem=8MB'")

	defer startServer(t, at, "self-signed")()
	if got := do(0, "org-list"); got != "kept" {
		t.Errorf("organizations %q after the restore", got)
	}
	do(0, "reindex kept")
	kept, err := filepath.Glob(filepath.Join(at.data, "replaced-*", "pivotal.pem"))
	if err != nil || len(kept) != 1 {
		t.Errorf("what was replaced: %v, %v", kept, err)
	}
}

// A server that is not told of a restore finds out by itself: from its index
// when it starts, and on its next connection while it runs.
func TestRestoreBehindOtherServers(t *testing.T) {
	t.Parallel()
	proxy, behind := pgtest.Behind(t, nil)
	direct, err := pgtest.Shared()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(behind)
	if err != nil {
		t.Fatal(err)
	}
	database := direct.URL(strings.TrimPrefix(u.Path, "/"))
	first, other, apart := place{t.TempDir(), database}, place{t.TempDir(), database}, place{t.TempDir(), behind}
	stopFirst, stopOther := startServer(t, first, "off"), startServer(t, other, "off")
	must := func(code int, at place, command string) string {
		t.Helper()
		got, stdout, stderr := runCtl(t, at, command, "")
		if got != code {
			t.Fatalf("%s: exit code %d, want %d; it said:\n%s%s", command, got, code, stdout, stderr)
		}
		return strings.TrimSpace(stdout)
	}
	key, err := os.ReadFile(filepath.Join(first.data, datadir.SuperuserKey))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other.data, datadir.SuperuserKey), key, 0o600); err != nil {
		t.Fatal(err)
	}
	must(0, first, "org-create acme Acme -q")
	node(t, first, "before")
	archive := must(0, first, "backup -o "+t.TempDir())
	node(t, first, "after")
	searches(t, other, "before", "after")

	o := serveOptions{data: apart.data, database: behind, listen: "127.0.0.1:0", tls: "off", maxBody: defaultMaxBody, now: time.Now}
	s, err := openServer(t.Context(), o, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(context.Background()) }()
	if code, _, stderr := runCtl(t, place{t.TempDir(), database}, "restore -c "+archive, ""); code != 1 || !strings.Contains(stderr, "stop the servers on all hosts") {
		t.Errorf("restore under three servers: %d, %s", code, stderr)
	}
	stopFirst()
	stopOther()
	proxy.Move(nil) // it runs on, and no restore can know of it
	must(0, first, "restore -c "+archive)
	proxy.Move(direct)
	res, err := http.Get("http://" + s.Addr() + "/_status") // any request would do
	if err != nil || res.StatusCode != http.StatusInternalServerError {
		t.Errorf("status of the server apart: %v, %v, want 500", res, err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, store.ErrReplaced) {
			t.Errorf("the server apart ended with %v, want %v", err, store.ErrReplaced)
		}
	case <-time.After(time.Minute):
		t.Error("the server apart goes on with what it remembers")
	}
	stopOther = startServer(t, other, "off") // with the index that it had
	defer stopOther()
	searches(t, other, "before")
	node(t, other, "again")
	searches(t, other, "before", "again")
}

// apiOf is the way to the server that runs at a place, as the superuser.
func apiOf(t *testing.T, at place) *apiclient.Client {
	t.Helper()
	running, err := datadir.ReadServer(at.data)
	if err != nil {
		t.Fatal(err)
	}
	return &apiclient.Client{Base: running.URL(), Signer: superuserOf(t, at.data), HTTP: apiclient.Plain()}
}

func node(t *testing.T, at place, name string) {
	t.Helper()
	if err := apiOf(t, at).Call(t.Context(), "POST", "/organizations/acme/nodes", payload{Name: name, Normal: map[string]string{}}, nil); err != nil {
		t.Fatal(err)
	}
}

// searches requires these nodes and no others to be found.
func searches(t *testing.T, at place, want ...string) {
	t.Helper()
	var found struct{ Rows []payload }
	for { // 503 while the index is being built
		err := apiOf(t, at).Call(t.Context(), "GET", "/organizations/acme/search/node", nil, &found)
		var refused *apiclient.Error
		if errors.As(err, &refused) && refused.Status == http.StatusServiceUnavailable {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	var got []string
	for _, row := range found.Rows {
		got = append(got, row.Name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

var restoreRounds = flag.Int("restore.rounds", 4, "how often TestKilledRestore kills a restore")

// A restore that is killed at any moment leaves the old state or the new one,
// and the keys that go with it.
func TestKilledRestore(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	at := place{t.TempDir(), pgtest.New(t)}
	stop := startServer(t, at, "off")
	if code, _, stderr := runCtl(t, at, "org-create old Old -q", ""); code != 0 {
		t.Fatal(stderr)
	}
	_, archive, _ := runCtl(t, at, "backup -o "+t.TempDir(), "")
	if code, _, stderr := runCtl(t, at, "org-create new New -q", ""); code != 0 {
		t.Fatal(stderr)
	}
	stop()
	begun := time.Now()
	restoring(t, at, archive, nil)
	took := time.Since(begun)
	for range *restoreRounds {
		stop := startServer(t, at, "off")
		if code, _, stderr := runCtl(t, at, "org-create new New -q", ""); code != 0 && !strings.Contains(stderr, "already exists") {
			t.Fatal(stderr) // it is there after a restore that did not happen
		}
		stop()
		after := time.Duration(random.Int64N(int64(took)))
		restoring(t, at, archive, &after)
		stop = startServer(t, at, "off")
		code, orgs, stderr := runCtl(t, at, "org-list", "") // signed with the key that is there
		if code != 0 || orgs != "old\n" && orgs != "new\nold\n" {
			t.Errorf("killed after %v: %d, %q, %s", after, code, orgs, stderr)
		}
		t.Logf("killed after %v of %v: %q", after, took, orgs)
		stop()
		if left, err := filepath.Glob(filepath.Join(at.data, "un*-*")); err != nil || len(left) > 0 {
			t.Errorf("killed after %v: left %v, %v", after, left, err)
		}
	}
}

// restoring runs a restore in a process of its own and kills that after a
// while, unless it is to end by itself.
func restoring(t *testing.T, at place, archive string, after *time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), os.Args[0], "ctl", "restore", "-c", strings.TrimSpace(archive), "--data", at.data)
	cmd.Env = append(os.Environ(), "TOURNANT_TEST_RUN_MAIN=1", ctl.DatabaseVariable+"="+at.database)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after != nil {
		time.Sleep(*after)
		_ = cmd.Process.Kill()
	}
	if err := cmd.Wait(); err != nil && after == nil {
		t.Fatalf("restore: %v\n%s", err, said.String())
	}
	released(t, at.data)
}

// released waits until nobody has a data directory. A process that is killed while
// it starts a tool leaves the lock to that child until the child's exec.
func released(t *testing.T, dir string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		lock, err := datadir.TakeLock(dir)
		switch {
		case err == nil:
			if err := lock.Release(); err != nil {
				t.Fatal(err)
			}
			return
		case !errors.Is(err, datadir.ErrInUse) || time.Now().After(deadline):
			t.Fatal(err)
		}
	}
}

// Ctrl-C ends a backup and what works for it, and leaves nothing behind.
func TestInterruptedBackup(t *testing.T) {
	t.Parallel()
	at := place{t.TempDir(), pgtest.New(t)}
	startServer(t, at, "off")()
	waiting := pgtest.LockTable(t, at.database, "actor") // which pg_dump waits for
	dir := t.TempDir()
	cmd := exec.CommandContext(context.Background(), os.Args[0], "ctl", "backup", "-o", dir, "--data", at.data)
	cmd.Env = append(os.Environ(), "TOURNANT_TEST_RUN_MAIN=1", ctl.DatabaseVariable+"="+at.database)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waits := func(want int) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); waiting() != want; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d wait for the table, want %d", waiting(), want)
			}
		}
	}
	waits(1)
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil { // as a terminal does, to all of them
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("an interrupted backup ended well")
	}
	waits(0)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
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
