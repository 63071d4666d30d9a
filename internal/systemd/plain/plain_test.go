package plain_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tournant/internal/systemd/plain"
	"tournant/internal/systemd/plain/plaintest"
)

// parent is set in a process that starts a unit and waits to be killed.
const parent = "TOURNANT_TEST_PARENT"

func TestMain(m *testing.M) {
	if group := os.Getenv(parent); group != "" {
		u, err := plain.New(group, map[string]plain.Unit{"a": asks(os.Stdout)})
		if err == nil {
			err = u.Start(context.Background(), "a")
		}
		if err != nil {
			panic(err)
		}
		select {}
	}
	os.Exit(m.Run())
}

// asks is a unit that says when it runs and when it is asked to end.
func asks(output *os.File) plain.Unit {
	return plain.Unit{Command: shell(`trap "echo asked; exit 0" TERM; echo runs; while :; do sleep 0.1; done`), Stop: syscall.SIGTERM, Output: output}
}

func shell(script string, args ...string) []string {
	return append([]string{"/bin/sh", "-c", script, "sh"}, args...)
}

func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func units(t *testing.T, all map[string]plain.Unit) *plain.Units {
	t.Helper()
	u, err := plain.New(plaintest.Group(t), all)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := u.Close(patience(t)); err != nil {
			t.Error(err)
		}
	})
	return u
}

func isActive(t *testing.T, u *plain.Units, name string) bool {
	t.Helper()
	s, err := u.State(t.Context(), name)
	if err != nil || s.Unit != name || !s.Loaded || s.Active != (s.PID != 0) {
		t.Errorf("state of %s: %+v, %v", name, s, err)
	}
	return s.Active
}

// A unit is started once and is ready when it says so; asked to stop, it ends
// in order.
func TestStartAndStop(t *testing.T) {
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	unit := asks(log)
	want := "runs\n"
	unit.Ready = func(context.Context) error {
		text, err := os.ReadFile(log.Name())
		if err == nil && string(text) != want {
			err = errors.New("not yet")
		}
		return err
	}
	u := units(t, map[string]plain.Unit{"a": unit})
	if isActive(t, u, "a") {
		t.Error("runs before it was started")
	}
	for range 2 {
		if err := u.Start(patience(t), "a"); err != nil || !isActive(t, u, "a") {
			t.Fatalf("start: %v", err)
		}
	}
	for range 2 {
		if err := u.Stop(patience(t), "a"); err != nil || isActive(t, u, "a") {
			t.Errorf("stop: %v", err)
		}
	}
	if s, err := u.State(t.Context(), "a"); err != nil || s.Failed {
		t.Errorf("after it was stopped: %+v, %v", s, err)
	}
	want += "asked\nruns\n"
	if err := u.Start(patience(t), "a"); err != nil {
		t.Errorf("once more: %v", err)
	}
}

// No process of a unit gets away, also none that left its session, has another
// parent and heeds no signal.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	away := filepath.Join(dir, "away")
	u := units(t, map[string]plain.Unit{"a": {
		Command: shell(`(setsid sh -c 'trap "" TERM INT HUP; echo $$ >"$1.new"; mv "$1.new" "$1"; while :; do sleep 600; done' sh "$1" &); exec sleep 600`, away),
		Stop:    syscall.SIGTERM,
		Ready:   func(context.Context) error { _, err := os.Stat(away); return err },
	}})
	for what, end := range map[string]func(context.Context, string) error{"kill": u.Kill, "stop": u.Stop} {
		if err := errors.Join(os.RemoveAll(away), u.Start(patience(t), "a")); err != nil {
			t.Fatal(err)
		}
		pid := number(t, away)
		if err := end(patience(t), "a"); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if runs(pid) || isActive(t, u, "a") {
			t.Errorf("%s: one got away", what)
		}
	}
}

func number(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// runs reports whether a process has not ended, as a zombie has.
func runs(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, state, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(state, "Z")
}

// A unit that ends by itself has failed, and waiting for it ends.
func TestEndsByItself(t *testing.T) {
	u := units(t, map[string]plain.Unit{
		"a": {Command: shell("exit 3"), Ready: func(context.Context) error { return errors.New("never") }},
		"b": {Command: []string{"/absent"}},
		"c": {Command: shell("exec sleep 600"), Ready: func(context.Context) error { return errors.New("still not") }},
	})
	var exit *exec.ExitError
	if err := u.Start(patience(t), "a"); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("ends: %v", err)
	}
	if s, err := u.State(t.Context(), "a"); err != nil || !s.Failed || s.Active {
		t.Errorf("state: %+v, %v", s, err)
	}
	if err := u.Start(patience(t), "b"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no program: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := u.Start(ctx, "c"); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "still not") {
		t.Errorf("not ready: %v", err)
	}
	if err := u.Start(patience(t), "d"); err == nil {
		t.Error("there is no d")
	}
}

// A stop that takes too long leaves the unit running, for Kill.
func TestStopInTime(t *testing.T) {
	u := units(t, map[string]plain.Unit{"a": {Command: shell(`trap "" TERM; while :; do sleep 0.1; done`), Stop: syscall.SIGTERM}})
	if err := u.Start(patience(t), "a"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := u.Stop(ctx, "a"); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stop: %v", err)
	} else if err != nil && !isActive(t, u, "a") {
		t.Error("it does not run any more")
	}
	if err := u.Kill(patience(t), "a"); err != nil || isActive(t, u, "a") {
		t.Errorf("kill: %v", err)
	}
}

// As units that are bound to the agent, they are asked to end when it is
// killed; the next one finds what is left of them and ends it.
func TestEndsWithItsParent(t *testing.T) {
	group := plaintest.Group(t)
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), parent+"="+group)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "runs" {
		t.Fatalf("it said %q, %v", lines.Text(), lines.Err())
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() || lines.Text() != "asked" {
		t.Errorf("then %q, %v", lines.Text(), lines.Err())
	}
	_ = c.Wait() // killed
	u, err := plain.New(group, map[string]plain.Unit{"a": {Command: shell("exec sleep 600"), Stop: syscall.SIGTERM}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(u.Start(patience(t), "a"), u.Close(patience(t))); err != nil {
		t.Error(err)
	}
}

// What one that was killed has left is active, though nobody here started it:
// it holds what a new one would need.
func TestTellsOfWhatIsLeft(t *testing.T) {
	group := plaintest.Group(t)
	u, err := plain.New(group, map[string]plain.Unit{"a": {Command: shell("exec sleep 600"), Stop: syscall.SIGTERM}})
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Start(patience(t), "a"); err != nil {
		t.Fatal(err)
	}
	next, err := plain.New(group, map[string]plain.Unit{"a": {Command: shell("exec sleep 600"), Stop: syscall.SIGTERM}})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := next.State(t.Context(), "a"); err != nil || !s.Active || s.PID != 0 {
		t.Errorf("state of what another started: %+v, %v", s, err)
	}
	if err := next.Kill(patience(t), "a"); err != nil || isActive(t, next, "a") {
		t.Errorf("kill: %v", err)
	}
	if err := u.Close(patience(t)); err != nil {
		t.Error(err)
	}
}
