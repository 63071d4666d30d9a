package bench

import (
	"time"
)

// Report is everything that one call of the command found out. It is what
// --json writes; times are in milliseconds, sizes in bytes.
type Report struct {
	Started       time.Time `json:"started"`
	URL           string    `json:"url"`
	Org           string    `json:"org"`
	Seed          uint64    `json:"seed"`
	Nodes         int       `json:"nodes"`
	TLSPerRequest bool      `json:"tls_per_request"`
	Results       []*Result `json:"results"`
}

// Result is one line: one load, or one case of it, over one number of
// connections.
type Result struct {
	Load        string  `json:"load"`
	Case        string  `json:"case,omitempty"`
	Connections int     `json:"connections"`
	Offered     float64 `json:"offered_per_second,omitempty"` // 0: as many as were answered
	Seconds     float64 `json:"seconds"`

	Measured
	PerSecond float64 `json:"requests_per_second"`
	BytesIn   uint64  `json:"bytes_received"` // bodies, as transferred
	BytesOut  uint64  `json:"bytes_sent"`

	Runs     *Runs      `json:"runs,omitempty"`
	Parts    []Measured `json:"parts,omitempty"`
	Server   *Server    `json:"server,omitempty"`
	OwnCPU   float64    `json:"client_cpu_ms_per_request"`
	Failures []Failure  `json:"failures,omitempty"`
}

// Measured is what a kind of request took. Requests and latency are of the
// answers that were expected, Errors counts the others.
type Measured struct {
	Label    string  `json:"label,omitempty"`
	Requests uint64  `json:"requests"`
	Errors   uint64  `json:"errors"`
	Latency  Latency `json:"latency_ms"`
}

// Latency is the distribution of a duration in milliseconds.
type Latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Runs is about whole runs of chef-client: latency is the time spent in
// requests, those for files at the same time counted once.
type Runs struct {
	Count     uint64  `json:"count"`
	PerMinute float64 `json:"per_minute"`
	Latency   Latency `json:"latency_ms"`
	ServerCPU float64 `json:"server_cpu_ms_per_run,omitempty"`
}

// Server is what the processes of the server took.
type Server struct {
	CPUSeconds    float64 `json:"cpu_seconds"`
	CPUPerRequest float64 `json:"cpu_ms_per_request"`
	PeakRSS       uint64  `json:"peak_rss_bytes"`       // during this line, sampled
	HighWater     uint64  `json:"high_water_rss_bytes"` // since each process began
}

func newResult(j *job, connections int, rate float64, took time.Duration, parts []*tally, runs *tally, taken metered) *Result {
	sum := &tally{}
	for _, p := range parts {
		sum.merge(p)
	}
	r := &Result{
		Load: j.load, Case: j.name, Connections: connections, Offered: rate, Seconds: took.Seconds(),
		Measured: newMeasured(sum), PerSecond: float64(sum.latency.count) / took.Seconds(),
		BytesIn: sum.in, BytesOut: sum.out, Failures: sum.sortedFailures(),
	}
	all := float64(max(1, r.Requests+r.Errors))
	r.OwnCPU = milliseconds(taken.own) / all
	if s := taken.server; s != nil {
		r.Server = &Server{
			CPUSeconds: s.cpu.Seconds(), CPUPerRequest: milliseconds(s.cpu) / all,
			PeakRSS: s.resident, HighWater: s.peak,
		}
	}
	if count := runs.latency.count; count > 0 {
		r.Runs = &Runs{Count: count, PerMinute: float64(count) / took.Minutes(), Latency: newLatency(&runs.latency)}
		if r.Server != nil {
			r.Runs.ServerCPU = r.Server.CPUSeconds * 1000 / float64(count)
		}
	}
	if len(parts) > 1 {
		for _, p := range parts {
			r.Parts = append(r.Parts, newMeasured(p))
		}
	}
	return r
}

func newMeasured(t *tally) Measured {
	return Measured{Label: t.label, Requests: t.latency.count, Errors: t.errors(), Latency: newLatency(&t.latency)}
}

func newLatency(h *histogram) Latency {
	return Latency{
		P50: milliseconds(h.quantile(0.50)), P90: milliseconds(h.quantile(0.90)),
		P99: milliseconds(h.quantile(0.99)), Max: milliseconds(h.max),
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
