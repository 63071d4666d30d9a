package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	for want, got := range map[string]string{
		"0 of 20000":                              pace(0, 20_000, time.Second),
		"5000 of 20000 (25 %), 1000/s, 15s left":  pace(5000, 20_000, 5*time.Second),
		"20000 of 20000 (100 %), 2000/s, 0s left": pace(20_000, 20_000, 10*time.Second),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestRunSaysWhichSeedsHold(t *testing.T) {
	var out bytes.Buffer
	if !run(t.Context(), &out, 3, 4, 2, false, false) || !strings.Contains(out.String(), "Seeds 3 to 6 hold I1 to I9") {
		t.Errorf("got %s", &out)
	}
}

// An interrupted run must not pass for a whole one.
func TestInterruptedRunFails(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if run(ctx, &out, 1, 4, 2, false, false) || !strings.Contains(out.String(), "Interrupted: 0 of 4 seeds are done") {
		t.Errorf("got %s", &out)
	}
}
