package agent

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"
)

// notes are what happened, in order.
type notes struct {
	mu   sync.Mutex
	list []string
}

func (n *notes) add(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, s)
}

func (n *notes) equal(want ...string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Equal(n.list, want)
}

func TestLaneLetsOneWorkAtATime(t *testing.T) {
	l := newLane()
	begun, end := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- l.do(t.Context(), func(context.Context) error { close(begun); <-end; return nil })
	}()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.do(ctx, func(context.Context) error { t.Error("two work at once"); return nil }); !errors.Is(err, errBefore) || !errors.Is(err, context.Canceled) {
		t.Errorf("waiting until the end: %v", err)
	}
	if !l.taken() {
		t.Error("nobody seems to work")
	}
	close(end)
	if err := <-done; err != nil || l.taken() {
		t.Errorf("%v, taken %v", err, l.taken())
	}
	worked := false
	if err := l.do(t.Context(), func(context.Context) error { worked = true; return nil }); err != nil || !worked {
		t.Errorf("the next: %v", err)
	}
}

// What goes first tells the other to give up, and has the last word.
func TestLaneOverride(t *testing.T) {
	l := newLane()
	var n notes
	begun := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- l.do(t.Context(), func(ctx context.Context) error {
			close(begun)
			<-ctx.Done()
			n.add("start") // its last deed, after it was told to give up
			return ctx.Err()
		})
	}()
	<-begun
	if err := l.override(t.Context(), func(context.Context) error { n.add("kill"); return nil }); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the one before: %v, want that it was told to give up", err)
	}
	if !n.equal("kill", "start", "kill") && !n.equal("start", "kill", "kill") {
		t.Errorf("happened: %v, want the kill last", n.list)
	}
	n.list = nil
	if err := l.override(t.Context(), func(context.Context) error { n.add("kill"); return nil }); err != nil || !n.equal("kill") {
		t.Errorf("with nobody before: %v, %v", n.list, err)
	}
}

// What the kernel holds is not waited for long.
func TestLaneOverrideOfWhatHangs(t *testing.T) {
	l := newLane()
	begun, end := make(chan struct{}), make(chan struct{})
	defer close(end)
	go func() {
		_ = l.do(context.Background(), func(context.Context) error { close(begun); <-end; return nil })
	}()
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	want := errors.New("as it went")
	if err := l.override(ctx, func(context.Context) error { return want }); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	if ctx.Err() != nil {
		t.Error("it waited for what hangs")
	}
}
