package agent

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"tournant/internal/ha"
)

// lines writes a log without making anybody wait for it: the journal may hang
// with the disk that it is on, and heartbeats must not. What does not fit is
// counted and told of later.
type lines struct {
	out     io.Writer
	queue   chan []byte
	lost    atomic.Int64
	end     chan struct{}
	written chan struct{} // closed when all was, after end
}

const linesWaiting = 1024

func newLines(out io.Writer) *lines {
	l := &lines{out: out, queue: make(chan []byte, linesWaiting), end: make(chan struct{}), written: make(chan struct{})}
	go l.run()
	return l
}

// Write queues a line. It never fails.
func (l *lines) Write(line []byte) (int, error) {
	select {
	case l.queue <- append([]byte(nil), line...):
	default:
		l.lost.Add(1)
	}
	return len(line), nil
}

func (l *lines) run() {
	defer close(l.written)
	for {
		select {
		case line := <-l.queue:
			l.write(line)
			continue
		default:
		}
		select {
		case line := <-l.queue:
			l.write(line)
		case <-l.end:
			return
		}
	}
}

func (l *lines) write(line []byte) {
	if n := l.lost.Swap(0); n > 0 {
		_, _ = fmt.Fprintf(l.out, "{\"level\":\"WARN\",\"msg\":\"lines of this log were lost\",\"lines\":%d}\n", n)
	}
	_, _ = l.out.Write(line) // there is nowhere to say that it failed
}

// Close waits until what was logged is written, but not for ever. What is
// logged after goes nowhere.
func (l *lines) Close() {
	close(l.end)
	select {
	case <-l.written:
	case <-time.After(time.Second):
	}
}

// journal logs what the machine decides, when it decides otherwise.
type journal struct {
	log      *slog.Logger
	state    ha.State
	reason   ha.Reason
	now      func() ha.Instant
	troubles map[ha.Action]trouble
	begun    bool
}

// trouble is what an action failed with, and when that was logged: each try may
// fail in other words.
type trouble struct {
	text string
	at   ha.Instant
}

// again is how long other words of the same trouble are kept to oneself.
const again = 30 * time.Second

// note looks at the machine after a turn.
func (j *journal) note(st *ha.Status) {
	ctx := context.Background()
	if !j.begun || st.State != j.state || st.Reason != j.reason {
		level := slog.LevelInfo
		if st.State == ha.StateFenced {
			level = slog.LevelError
		}
		j.log.Log(ctx, level, "decided", "state", st.State.String(), "was", j.state.String(), "reason", st.Reason.String(), "epoch", st.Snapshot.Own.Epoch.Number)
		j.begun, j.state, j.reason = true, st.State, st.Reason
	}
	troubles := make(map[ha.Action]trouble, len(st.Troubles))
	for _, t := range st.Troubles {
		was, known := j.troubles[t.Action]
		if !known || t.Text != was.text && j.now().Sub(was.at) >= again {
			was = trouble{t.Text, j.now()}
			j.log.Log(ctx, slog.LevelWarn, "failed", "action", t.Action.String(), "error", t.Text)
		}
		troubles[t.Action] = was
	}
	for a := range j.troubles {
		if _, still := troubles[a]; !still {
			j.log.Log(ctx, slog.LevelInfo, "works again", "action", a.String())
		}
	}
	j.troubles = troubles
}
