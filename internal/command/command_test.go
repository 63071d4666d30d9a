package command_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tournant/internal/command"
)

// A command's output comes back, and how it failed.
func TestHost(t *testing.T) {
	ctx := t.Context()
	h := command.Host{}
	if out, err := h.Output(ctx, "echo", "a", "b"); err != nil || out != "a b\n" {
		t.Errorf("%q, %v", out, err)
	}
	if out, err := h.Feed(ctx, "in", "cat"); err != nil || out != "in" {
		t.Errorf("%q, %v", out, err)
	}
	if out, err := h.Output(ctx, "sh", "-c", "echo $LC_ALL"); err != nil || out != "C\n" {
		t.Errorf("locale %q, %v", out, err)
	}
	var failure *command.Failure
	if _, err := h.Output(ctx, "sh", "-c", "echo no >&2; exit 3"); !errors.As(err, &failure) || failure.Code != 3 || failure.Text != "no\n" {
		t.Errorf("%v", err)
	}
	if _, err := h.Output(ctx, "/absent/command"); err == nil || errors.As(err, &failure) && failure.Command == "/absent/command" {
		t.Errorf("%v", err)
	}
}

// A command ends with its caller's patience, and says so, also if what it started
// keeps its output; and one that is done does not wait for that.
func TestPatience(t *testing.T) {
	const child = `sleep 60 & echo $! >"$0"; `
	for script, want := range map[string]error{"exec sleep 60": context.DeadlineExceeded, child + "wait": context.DeadlineExceeded, child + "echo done": nil} {
		pid := filepath.Join(t.TempDir(), "pid")
		ctx := t.Context()
		if want != nil {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, time.Second)
			defer cancel()
		}
		start := time.Now()
		out, err := command.Host{}.Output(ctx, "sh", "-c", script, pid)
		took := time.Since(start)
		var failure *command.Failure
		if !errors.Is(err, want) || errors.As(err, &failure) || want == nil && out != "done\n" {
			t.Errorf("%s: %q, %v, want %v", script, out, err, want)
		}
		if took > 30*time.Second {
			t.Errorf("%s: it took %s", script, took)
		}
		if text, err := os.ReadFile(pid); err == nil {
			number, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			_ = syscall.Kill(number, syscall.SIGKILL)
		}
	}
}

func TestFollow(t *testing.T) {
	h := command.Host{}
	var out bytes.Buffer
	if err := h.Follow(t.Context(), &out, "echo", "x"); err != nil || out.String() != "x\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	if err := h.Follow(t.Context(), &out, "false"); err == nil {
		t.Error("a failure is none")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Follow(ctx, &out, "sleep", "600"); err != nil {
		t.Errorf("ended by its caller: %v", err)
	}
}
