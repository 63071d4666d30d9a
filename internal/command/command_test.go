package command_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

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
