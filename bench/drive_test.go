package bench

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"tournant/bench/wire"
)

// counting is a job of steps that take no time; ended counts its workers.
func counting(steps int, ended *atomic.Int64) *job {
	return &job{load: "count",
		worker: func(_, _ int, rec *recorder) (func(context.Context) bool, func()) {
			left := steps
			return func(context.Context) bool {
				left--
				rec.sent("x", "GET /x", true, wire.Sent{}, nil)
				return left > 0
			}, func() { ended.Add(1) }
		}}
}

func TestJobThatEnds(t *testing.T) {
	var ended atomic.Int64
	r, err := drive(t.Context(), counting(5, &ended), 3, pace{warmup: time.Hour, duration: time.Hour}, &meter{}, &watch{})
	if err != nil || r.Requests != 15 || r.Connections != 3 || ended.Load() != 3 {
		t.Errorf("got %+v, %v, %d workers ended", r, err, ended.Load())
	}
}

func TestWarmUp(t *testing.T) {
	var ended atomic.Int64
	j := counting(1<<60, &ended)
	j.warm, j.endless = true, true
	w := &watch{}
	r, err := drive(t.Context(), j, 2, pace{warmup: 20 * time.Millisecond, duration: 50 * time.Millisecond}, &meter{}, w)
	if err != nil || r.Requests == 0 || r.Requests != w.requests.Load() {
		t.Fatalf("got %+v, %v", r, err)
	}
	if r.Seconds < 0.05 || r.Seconds > 10 {
		t.Errorf("measured for %v s", r.Seconds)
	}
}

func TestServerThatIsGone(t *testing.T) {
	var ended atomic.Int64
	j := counting(1<<60, &ended)
	j.warm, j.endless = true, true
	gone := &meter{server: &processes{proc: fstest.MapFS{}, roots: []int{7}}}
	_, err := drive(t.Context(), j, 2, pace{warmup: time.Millisecond, duration: time.Hour}, gone, &watch{})
	if err == nil || !strings.Contains(err.Error(), "no process 7") || ended.Load() != 2 {
		t.Errorf("got %v, %d workers ended", err, ended.Load())
	}
}

func TestInterruption(t *testing.T) {
	f := newPrepared(t, 20, (*httptest.Server).Start)
	ctx, cancel := context.WithCancel(t.Context())
	f.refuse = func(a *asked) int {
		if a.path == "/nodes" {
			cancel()
		}
		return 0
	}
	var table bytes.Buffer
	c := testConfig(t, f.URL)
	c.pids = []int{os.Getpid()}
	err := run(ctx, c, []string{"get-environment", "list-nodes"}, output{&table, &bytes.Buffer{}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := table.String(); !strings.Contains(got, "get-environment") || !strings.Contains(got, "cpu ms/req") ||
		strings.Contains(got, "list-nodes") {
		t.Errorf("what was measured before:\n%s", got)
	}
}

func TestRateIsOffered(t *testing.T) {
	var ended atomic.Int64
	j := counting(1<<60, &ended)
	j.endless = true
	r, err := drive(t.Context(), j, 3, pace{duration: 200 * time.Millisecond, rate: 100}, &meter{}, &watch{})
	if err != nil || r.Offered != 100 {
		t.Fatalf("got %+v, %v", r, err)
	}
	// The places in 200 ms are 20 or, should the clock be looked at late, more;
	// each worker has taken one that is not due at the end.
	if most := 100*r.Seconds + 4; r.Requests == 0 || float64(r.Requests) > most {
		t.Errorf("%d requests in %v s, want at most %v", r.Requests, r.Seconds, most)
	}
}

// A request that waited for its connection took as long as its sender waited.
func TestWaitForAConnectionCounts(t *testing.T) {
	var ended atomic.Int64
	j := counting(1<<60, &ended)
	j.endless = true
	steps := j.worker
	j.worker = func(id, of int, rec *recorder) (func(context.Context) bool, func()) {
		step, end := steps(id, of, rec)
		return func(ctx context.Context) bool {
			pause(ctx, 20*time.Millisecond)
			return step(ctx)
		}, end
	}
	r, err := drive(t.Context(), j, 1, pace{duration: 200 * time.Millisecond, rate: 1000}, &meter{}, &watch{})
	if err != nil || r.Latency.Max < 100 {
		t.Errorf("got %+v, %v; want a latency near the 180 ms by which the last request was late", r, err)
	}
}
