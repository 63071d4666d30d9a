package api

import (
	"context"
	"crypto/subtle"
	"net/http"
	"time"

	"tournant/internal/chef"
	"tournant/internal/metrics"
	"tournant/internal/store"
)

func (s *Server) metricsRoutes() {
	s.mux.HandleFunc("GET /_tournant/metrics", s.showMetrics)
}

// statsUser is the user that Chef's server takes the stats password for.
const statsUser = "statsuser"

// showMetrics serves callers on this host, and others that have the stats
// password if there is one: how busy a server is, and with what, is not for
// everybody.
func (s *Server) showMetrics(w http.ResponseWriter, r *http.Request) {
	// What a proxy on this host hands on does not come from this host.
	local := fromLoopback(r) && r.Header.Get("X-Forwarded-For") == ""
	if !local && !s.hasStatsPassword(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="metrics"`)
		http.Error(w, "Ask from this host, or as statsuser with the stats password.", http.StatusUnauthorized)
		return
	}
	s.metrics.Handler().ServeHTTP(w, r)
}

func (s *Server) hasStatsPassword(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	if !ok || s.StatsPassword == "" {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(user+"\x00"+password), []byte(statsUser+"\x00"+s.StatsPassword)) == 1
}

// Database tells the metrics how the server gets on with its database.
func (s *Server) Database() metrics.Database {
	presence, writes := s.Store.Presence(), s.Store.Writes()
	d := metrics.Database{
		Held: s.Store.Holding().Requests, State: string(presence.State), Outages: presence.Outages,
		Refused: writes.Refused,
		Retries: map[string]int64{"overtaken": writes.Overtaken, "deadlock": writes.Deadlocks, "away": writes.Away},
		Stages: map[string]metrics.Timing{
			"begin": metrics.Timing(writes.Begin), "head": metrics.Timing(writes.Head), "commit": metrics.Timing(writes.Commit),
		},
	}
	for _, state := range store.States() {
		d.States = append(d.States, string(state))
	}
	if !presence.Since.IsZero() {
		d.Away = time.Since(presence.Since)
	}
	for _, p := range s.Store.Pools() {
		d.Pools = append(d.Pools, metrics.Pool(p))
	}
	return d
}

// State tells the metrics about the database, search and the caches.
func (s *Server) State(ctx context.Context) (metrics.State, error) {
	if err := s.Store.Ping(ctx); err != nil && !isSchema(err) {
		return metrics.State{}, err
	}
	schema, err := s.Store.Schema(ctx)
	if err != nil && !isSchema(err) {
		return metrics.State{}, err
	}
	nodes, err := s.Store.NodeCount(ctx)
	if err != nil {
		return metrics.State{}, err
	}
	heads, err := s.Store.ObjectHeads(ctx)
	if err != nil {
		return metrics.State{}, err
	}
	full, err := s.full(ctx)
	if err != nil {
		return metrics.State{}, err
	}
	now := metrics.State{Nodes: nodes, Full: full, Schema: schema.Version, ReleaseSchema: schema.Release, ReadyKeys: s.Keys.Stats().Ready, Caches: s.lookups()}
	for _, head := range heads {
		now.Changes += head
	}
	for org, p := range s.Index.Progress() {
		now.Lag += max(0, heads[org]-p.Seq)
		if p.Rebuilding {
			now.Rebuilding++
		}
	}
	return now, nil
}

func (s *Server) full(ctx context.Context) (bool, error) {
	err := s.Store.Room(ctx)
	if chef.CodeOf(err) == chef.InsufficientStorage {
		return true, nil
	}
	return false, err
}

func (s *Server) lookups() map[string]*metrics.Lookups {
	return map[string]*metrics.Lookups{
		"identities": &s.identities.Lookups, "lists": &s.lists.Lookups, "manifests": &s.manifests.Lookups,
	}
}
