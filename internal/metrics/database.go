package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Database is how a server gets on with its database.
type Database struct {
	Held    int               // what waits for it to come back
	State   string            // one of States
	States  []string          // all that there are
	Outages int               // so far
	Away    time.Duration     // that the present one has lasted
	Retries map[string]int64  // of writes, by reason
	Refused int64             // writes, for want of room
	Stages  map[string]Timing // of writes
	Pools   []Pool
}

// Timing is how often something was done, and how long it took in all.
type Timing struct {
	Count int64
	Took  time.Duration
}

// Pool is a pool of connections.
type Pool struct {
	Name              string
	Most, Open, InUse int
	Waits             int64
	Waited            time.Duration
}

var (
	heldDesc    = prometheus.NewDesc("tournant_held_requests", "Requests, and work of the server's own, that wait for the database to come back.", nil, nil)
	stateDesc   = prometheus.NewDesc("tournant_database_state", "1 for what the database does, as last heard.", []string{"state"}, nil)
	outagesDesc = prometheus.NewDesc("tournant_database_outages_total", "Times that the database went away.", nil, nil)
	awayDesc    = prometheus.NewDesc("tournant_database_away_seconds", "How long the database has been away, 0 while it is there.", nil, nil)
	retriesDesc = prometheus.NewDesc("tournant_write_retries_total", "Writes run again, by reason.", []string{"reason"}, nil)
	refusedDesc = prometheus.NewDesc("tournant_writes_refused_total", "Writes refused for want of room on the database's disk.", nil, nil)
	stagesDesc  = prometheus.NewDesc("tournant_write_seconds", "What writes waited for.", []string{"stage"}, nil)

	poolLabel     = []string{"pool"}
	poolMostDesc  = prometheus.NewDesc("tournant_database_connections_max", "Connections that a pool may have.", poolLabel, nil)
	poolUseDesc   = prometheus.NewDesc("tournant_database_connections", "Connections of a pool.", []string{"pool", "state"}, nil)
	poolWaitsDesc = prometheus.NewDesc("tournant_database_connection_wait_seconds", "Waits for a connection to be free.", poolLabel, nil)
)

func (d Database) collect(out chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	count := func(desc *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, v, labels...)
	}
	timing := func(desc *prometheus.Desc, t Timing, label string) {
		out <- prometheus.MustNewConstSummary(desc, uint64(t.Count), t.Took.Seconds(), nil, label)
	}
	gauge(heldDesc, float64(d.Held))
	for _, state := range d.States {
		gauge(stateDesc, flag(state == d.State), state)
	}
	count(outagesDesc, float64(d.Outages))
	gauge(awayDesc, d.Away.Seconds())
	for reason, n := range d.Retries {
		count(retriesDesc, float64(n), reason)
	}
	count(refusedDesc, float64(d.Refused))
	for stage, t := range d.Stages {
		timing(stagesDesc, t, stage)
	}
	for _, p := range d.Pools {
		gauge(poolMostDesc, float64(p.Most), p.Name)
		gauge(poolUseDesc, float64(p.InUse), p.Name, "in_use")
		gauge(poolUseDesc, float64(p.Open-p.InUse), p.Name, "idle")
		timing(poolWaitsDesc, Timing{p.Waits, p.Waited}, p.Name)
	}
}
