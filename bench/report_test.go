package bench

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/bench/wire"
)

// recorded returns what a worker counted that saw, of each label, answers that
// took 1 to n milliseconds.
func recorded(n int, labels ...string) *recorder {
	r := &recorder{watch: &watch{}}
	r.open.Store(true)
	for _, label := range labels {
		for i := range n {
			sent := wire.Sent{Took: time.Duration(i+1) * time.Millisecond, Out: 100}
			sent.Status, sent.Size = 200, 1000
			r.sent(label, "GET /x", true, sent, nil)
		}
	}
	return r
}

func TestResult(t *testing.T) {
	one, two := recorded(100, "b", "a"), recorded(100, "a", "c")
	failed := wire.Sent{}
	failed.Status, failed.Body = 503, []byte("busy\xff\n")
	two.sent("c", "GET /c", false, failed, nil)
	two.sent("c", "GET /other", false, failed, nil)
	two.sent("c", "GET /d", false, wire.Sent{}, errors.New("refused"))
	two.run(90 * time.Millisecond)
	parts, runs := collect([]*recorder{one, two}, "never", "a")
	server := usage{cpu: 2 * time.Second, resident: 5_000_000, peak: 6_000_000}
	got := newResult(&job{load: "fleet", name: "x"}, 8, 0, 2*time.Second, parts, runs,
		metered{own: time.Second, server: &server})
	latency := Latency{P50: 50.331647, P90: 90.177535, P99: 99.614719, Max: 100}
	want := &Result{
		Load: "fleet", Case: "x", Connections: 8, Seconds: 2,
		Measured:  Measured{Requests: 400, Errors: 3, Latency: latency},
		PerSecond: 200, BytesIn: 400_000, BytesOut: 40_000,
		Runs: &Runs{Count: 1, PerMinute: 30, Latency: Latency{90, 90, 90, 90}, ServerCPU: 2000},
		Parts: []Measured{
			{Label: "a", Requests: 200, Latency: latency}, {Label: "b", Requests: 100, Latency: latency},
			{Label: "c", Requests: 100, Errors: 3, Latency: latency},
		},
		Server: &Server{CPUSeconds: 2, CPUPerRequest: 2000.0 / 403, PeakRSS: 5_000_000, HighWater: 6_000_000},
		OwnCPU: 1000.0 / 403,
		Failures: []Failure{
			{Status: 503, Count: 2, Request: "GET /c", Example: "busy�"},
			{Status: 0, Count: 1, Request: "GET /d", Example: "refused"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWarmUpIsNotCounted(t *testing.T) {
	r := &recorder{watch: &watch{}}
	if !r.sent("a", "GET /x", true, wire.Sent{}, nil) || r.sent("a", "GET /x", false, wire.Sent{}, nil) {
		t.Error("what is not counted is not judged either")
	}
	r.run(time.Second)
	if parts, runs := collect([]*recorder{r}); len(parts) != 0 || runs.latency.count != 0 || r.errors.Load() != 0 {
		t.Errorf("counted: %v, %v", parts, runs)
	}
}

func results() []*Result {
	l := Latency{P50: 0.3456, P90: 12.345, P99: 234.5, Max: 999}
	return []*Result{
		{Load: "get-node", Connections: 8, PerSecond: 1234.5, Measured: Measured{Requests: 12345, Latency: l},
			Server: &Server{CPUPerRequest: 0.25, PeakRSS: 54_300_000}},
		{Load: "fleet", Case: "steady runs", Connections: 32, PerSecond: 99.94,
			Measured: Measured{Requests: 7, Errors: 3, Latency: l},
			Runs:     &Runs{Count: 1, PerMinute: 60.06, Latency: l},
			Parts:    []Measured{{Label: "GET node", Requests: 7, Latency: l}, {Label: "PUT node", Errors: 3}},
			Failures: []Failure{{Status: 503, Count: 2, Request: "PUT /x", Example: "busy"},
				{Count: 1, Request: "PUT /y", Example: "refused"}}},
	}
}

func TestTable(t *testing.T) {
	const both = `load               conns  requests  req/s  p50 ms  p90 ms  p99 ms  errors  runs/min  cpu ms/req  peak MB
get-node               8     12345   1234    0.35    12.3     234       0                  0.25     54.3
fleet steady runs     32         7   99.9    0.35    12.3     234       3      60.1
  GET node                       7           0.35    12.3     234       0
  PUT node                       0              -       -       -       3
  whole run                      1           0.35    12.3     234       0
fleet steady runs, connections 32: 2 × status 503, first PUT /x: busy
fleet steady runs, connections 32: 1 × no answer, first PUT /y: refused
`
	const plain = `load      conns  requests  req/s  p50 ms  p90 ms  p99 ms  errors
get-node      8     12345   1234    0.35    12.3     234       0
`
	bare := *results()[0]
	bare.Server = nil
	for _, test := range []struct {
		results []*Result
		want    string
	}{{results(), both}, {[]*Result{&bare}, plain}} {
		var got bytes.Buffer
		if err := writeTable(&got, test.results); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got.String()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestJSONToStandardOutput(t *testing.T) {
	var stdout, stderr bytes.Buffer
	r := &Report{Seed: 7, Results: results()[:1]}
	if err := r.write("-", output{&stdout, &stderr}); err != nil {
		t.Fatal(err)
	}
	const want = `{
  "started": "0001-01-01T00:00:00Z",
  "url": "",
  "org": "",
  "seed": 7,
  "nodes": 0,
  "tls_per_request": false,
  "results": [
    {
      "load": "get-node",
      "connections": 8,
      "seconds": 0,
      "requests": 12345,
      "errors": 0,
      "latency_ms": {
        "p50": 0.3456,
        "p90": 12.345,
        "p99": 234.5,
        "max": 999
      },
      "requests_per_second": 1234.5,
      "bytes_received": 0,
      "bytes_sent": 0,
      "server": {
        "cpu_seconds": 0,
        "cpu_ms_per_request": 0.25,
        "peak_rss_bytes": 54300000,
        "high_water_rss_bytes": 0
      },
      "client_cpu_ms_per_request": 0
    }
  ]
}
`
	if diff := cmp.Diff(want, stdout.String()); diff != "" {
		t.Error(diff)
	}
	if !bytes.HasPrefix(stderr.Bytes(), []byte("load ")) {
		t.Errorf("the table is not on standard error: %q", stderr.String())
	}
}

func TestReportIsWrittenOnlyWithResults(t *testing.T) {
	var stdout bytes.Buffer
	if err := (&Report{}).write(t.TempDir(), output{&stdout, &stdout}); err != nil || stdout.Len() > 0 {
		t.Errorf("got %v, %q", err, stdout.String())
	}
	if err := (&Report{Results: results()}).write(t.TempDir(), output{&stdout, &stdout}); err == nil {
		t.Error("a report was written over a directory")
	}
}

func TestServerIsMeasured(t *testing.T) {
	m := &meter{server: &processes{proc: os.DirFS("/proc"), roots: []int{os.Getpid()}}}
	if err := m.start(); err != nil {
		t.Fatal(err)
	}
	taken, err := m.end()
	if err != nil || taken.server == nil || taken.server.resident == 0 || taken.server.cpu < 0 || taken.own < 0 {
		t.Errorf("got %+v, %v", taken, err)
	}
}
