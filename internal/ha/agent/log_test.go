package agent

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"tournant/internal/ha"
)

// A log that hangs makes nobody wait, and says later what is missing.
func TestLogThatHangs(t *testing.T) {
	r, w := io.Pipe()
	l := newLines(w)
	for range linesWaiting + 10 {
		if _, err := l.Write([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	var wait sync.WaitGroup
	wait.Go(func() { _, _ = io.Copy(&out, r) })
	l.Close()
	w.Close()
	wait.Wait()
	if _, err := l.Write([]byte("after the end")); err != nil {
		t.Error(err)
	}
	if got := strings.Count(out.String(), "line\n"); got < linesWaiting || got >= linesWaiting+10 {
		t.Errorf("%d lines, want those that were waiting, %d", got, linesWaiting)
	}
	if !strings.Contains(out.String(), "lines of this log were lost") {
		t.Errorf("the loss is not told of")
	}
}

func TestJournalTellsOfChangesAlone(t *testing.T) {
	var out bytes.Buffer
	clock := ha.Instant(time.Hour)
	j := &journal{log: slog.New(slog.NewTextHandler(&out, nil)), now: func() ha.Instant { return clock }}
	denied := func(text string) []ha.Trouble { return []ha.Trouble{{Action: ha.SelfTest, Text: text}} }
	for _, step := range []struct {
		what     string
		after    time.Duration
		state    ha.State
		reason   ha.Reason
		troubles []ha.Trouble
		want     []string // in the one line; none: no line
	}{
		{"at first", 0, ha.StateStandby, ha.ReasonLooking, nil, []string{"decided", "INFO", "state=standby", ha.ReasonLooking.String()}},
		{"the same", 0, ha.StateStandby, ha.ReasonLooking, nil, nil},
		{"another reason", 0, ha.StateStandby, ha.ReasonPeerPrimary, nil, []string{"decided", ha.ReasonPeerPrimary.String()}},
		{"a failure", 0, ha.StateStandby, ha.ReasonPeerPrimary, denied("denied [request 1]"), []string{"failed", "WARN", "self-test", "request 1"}},
		{"the failure again", time.Second, ha.StateStandby, ha.ReasonPeerPrimary, denied("denied [request 1]"), nil},
		{"in other words", time.Second, ha.StateStandby, ha.ReasonPeerPrimary, denied("denied [request 2]"), nil},
		{"in other words, later", again, ha.StateStandby, ha.ReasonPeerPrimary, denied("denied [request 3]"), []string{"failed", "request 3"}},
		{"a recovery", 0, ha.StateStandby, ha.ReasonPeerPrimary, nil, []string{"works again", "self-test"}},
		{"the same failure, anew", 0, ha.StateStandby, ha.ReasonPeerPrimary, denied("denied [request 3]"), []string{"failed"}},
		{"a fence", 0, ha.StateFenced, ha.ReasonLostIO, denied("denied [request 3]"), []string{"decided", "ERROR", "state=fenced", "was=standby"}},
	} {
		clock = clock.Add(step.after)
		out.Reset()
		j.note(&ha.Status{State: step.state, Reason: step.reason, Troubles: step.troubles})
		if lines := strings.Count(out.String(), "\n"); lines != min(len(step.want), 1) {
			t.Errorf("%s: %d lines: %s", step.what, lines, out.String())
		}
		for _, want := range step.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: %s lacks %q", step.what, out.String(), want)
			}
		}
	}
}

func TestAlarm(t *testing.T) {
	a, err := newAlarm()
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for what, at := range map[string]ha.Instant{"soon": now().Add(20 * time.Millisecond), "at once": now(), "long ago": 1} {
		if err := a.At(at); err != nil {
			t.Fatal(err)
		}
		select {
		case <-a.C:
			if now() < at {
				t.Errorf("%s: it rang at %v, before %v", what, now(), at)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("%s: it does not ring", what)
		}
	}
	if err := a.At(now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-a.C:
		t.Error("it rings an hour early")
	case <-time.After(50 * time.Millisecond):
	}
}
