package metrics

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Source tells the state of the moment.
type Source interface {
	State(ctx context.Context) (State, error)

	// Database returns what is known of the database. It asks nobody.
	Database() Database
}

// State is what is read when the metrics are asked for, rather than counted.
type State struct {
	Nodes int // of all organizations

	// Changes is how many changes of objects there have been, and Lag how
	// many of them search has not indexed yet, over the organizations that
	// were searched or changed since the start.
	Changes    int64
	Lag        int64
	Rebuilding int // organizations whose index is being built

	Full bool // the database's disk, or nearly: what takes room is refused

	Schema, ReleaseSchema int64 // versions: of the database, and what this release makes

	ReadyKeys int
	Caches    map[string]*Lookups
}

// scrapeTimeout bounds what one reading of the metrics may cost.
const scrapeTimeout = 5 * time.Second

// state is a prometheus.Collector over a Source.
type state struct {
	source Source
	log    *slog.Logger
}

var _ prometheus.Collector = (*state)(nil)

var (
	upDesc         = prometheus.NewDesc("tournant_database_up", "Whether the database answers.", nil, nil)
	nodesDesc      = prometheus.NewDesc("tournant_nodes", "Nodes of all organizations.", nil, nil)
	changesDesc    = prometheus.NewDesc("tournant_object_changes_total", "Changes of objects in the change log.", nil, nil)
	lagDesc        = prometheus.NewDesc("tournant_search_lag_changes", "Changes that the search index has not followed yet.", nil, nil)
	rebuildingDesc = prometheus.NewDesc("tournant_search_rebuilding", "Organizations whose search index is being built.", nil, nil)
	fullDesc       = prometheus.NewDesc("tournant_database_full", "Whether writes are refused for want of room on the database's disk.", nil, nil)
	schemaDesc     = prometheus.NewDesc("tournant_schema_version", "Version of the database's schema.", nil, nil)
	releaseDesc    = prometheus.NewDesc("tournant_schema_release", "Version of the schema that this release makes.", nil, nil)
	keysDesc       = prometheus.NewDesc("tournant_keys_ready", "Keys made ahead for new actors.", nil, nil)
	cacheDesc      = prometheus.NewDesc("tournant_cache_requests_total", "Look-ups in a cache.", []string{"cache", "result"}, nil)
)

// Describe sends nothing: which caches there are is the source's to say.
func (s *state) Describe(chan<- *prometheus.Desc) {}

// Collect reads the source once.
func (s *state) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	s.source.Database().collect(out)
	now, err := s.source.State(ctx)
	if err != nil {
		s.log.Error("state for the metrics", "error", err)
		out <- prometheus.MustNewConstMetric(upDesc, prometheus.GaugeValue, 0)
		return
	}
	gauge := func(d *prometheus.Desc, v float64) { out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	gauge(upDesc, 1)
	gauge(nodesDesc, float64(now.Nodes))
	gauge(lagDesc, float64(now.Lag))
	gauge(rebuildingDesc, float64(now.Rebuilding))
	gauge(fullDesc, flag(now.Full))
	gauge(schemaDesc, float64(now.Schema))
	gauge(releaseDesc, float64(now.ReleaseSchema))
	gauge(keysDesc, float64(now.ReadyKeys))
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	count(changesDesc, float64(now.Changes))
	for name, c := range now.Caches {
		count(cacheDesc, float64(c.hits.Load()), name, "hit")
		count(cacheDesc, float64(c.misses.Load()), name, "miss")
	}
}

func flag(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
