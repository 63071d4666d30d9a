package demo_test

import (
	"slices"
	"testing"
	"time"

	"tournant/internal/ha/control"
	"tournant/lab/demo"
)

// An agent that says nothing for a moment is seen not to, and what it says then is
// told if it is new, or if the host was off in between.
func TestAgentNews(t *testing.T) {
	b := demo.NewBoard(time.Now(), 1)
	primary := &control.Status{State: "primary", Reason: "primary", Epoch: 2}
	b.Power("be1", demo.On)
	for _, s := range []*control.Status{primary, nil, primary, {State: "fenced", Reason: "an I/O error"}, nil} {
		b.Agent("be1", s)
	}
	if h := b.Look().Hosts[0]; h.State != "" {
		t.Errorf("without an answer it is %q", h.State)
	}
	b.Power("be1", demo.Cut)
	b.Agent("be1", primary) // asked before
	if h := b.Look().Hosts[0]; h.State != "" || h.Power != demo.Cut {
		t.Errorf("without power it is %+v", h)
	}
	b.Power("be1", demo.On)
	b.Agent("be1", &control.Status{State: "fenced", Reason: "an I/O error"})
	var told []string
	for _, l := range b.Look().Told {
		told = append(told, l.Text)
	}
	want := []string{"be1 is primary: primary", "be1 is fenced: an I/O error", "be1 is fenced: an I/O error"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
