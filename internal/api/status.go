package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tournant/internal/chef"
	"tournant/internal/store"
)

func (s *Server) statusRoutes() {
	s.mux.HandleFunc("GET /_status", s.status)
	s.mux.HandleFunc("GET /_tournant/ready", s.ready)
	s.mux.HandleFunc("GET /version", s.version)
	s.route("/server_api_version", resource{"GET": do(serverAPIVersion)})
}

// pingTimeout bounds each check of the health answer.
const pingTimeout = 400 * time.Millisecond

// health is the answer of /_status. Its names are those of Chef's services, so
// that checks written for Chef's server read it.
type health struct {
	Status    string            `json:"status"`
	Upstreams map[string]string `json:"upstreams"`
	Keygen    map[string]int    `json:"keygen"`
	Indexing  map[string]string `json:"indexing"`

	// Schema is ours: what the database has and what this release makes. A
	// release works on its own, the one before and the one after.
	Schema *schemaHealth `json:"schema,omitempty"`
}

type schemaHealth struct {
	Version int64 `json:"version"`
	Release int64 `json:"release"`
}

// status tells whether the server can do its work: 200 or 500.
func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pingTimeout)
	defer cancel()
	h := health{
		Status:    "pong",
		Upstreams: map[string]string{"chef_sql": "pong", "chef_index": "pong", "oc_chef_authz": "pong"},
		Keygen:    s.keygen(),
		Indexing:  map[string]string{"mode": "inline"},
	}
	code := http.StatusOK
	if err := s.databaseHealth(ctx, &h); err != nil {
		h.Status, h.Upstreams["chef_sql"], h.Upstreams["oc_chef_authz"] = "fail", "fail", "fail"
		code = http.StatusInternalServerError
		if chef.CodeOf(err) != chef.Unavailable { // or else the store has said so, once
			s.Log.Error("the database cannot be worked on", "error", err)
		}
	}
	if err := s.Index.Ping(); err != nil {
		h.Status, h.Upstreams["chef_index"] = "fail", "fail"
		code = http.StatusInternalServerError
		s.Log.Error("search index is out of order", "error", err)
	}
	body, err := marshal(h)
	if err != nil {
		s.Log.Error("status", "error", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(body)
}

func (s *Server) databaseHealth(ctx context.Context, h *health) error {
	if err := s.Store.Ping(ctx); err != nil && !isSchema(err) {
		return err
	}
	schema, err := s.Store.Schema(ctx)
	if err == nil || isSchema(err) {
		h.Schema = &schemaHealth{schema.Version, schema.Release}
	}
	return err
}

func isSchema(err error) bool {
	var schema *store.SchemaError
	return errors.As(err, &schema)
}

// keygen tells about the pool of keys under the names of Chef's.
func (s *Server) keygen() map[string]int {
	k := s.Keys.Stats()
	return map[string]int{
		"keys": k.Ready, "max": k.Size, "start_size": k.Size, "inflight": k.Busy,
		"max_workers": 1, "cur_max_workers": 1, "avail_workers": max(0, 1-k.Busy),
	}
}

// ready tells a load balancer that this server takes requests: also while they
// wait for the database, which is away from every other server too.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"ready":true}`))
}

// version is for people and monitoring, as Chef's is.
func (s *Server) version(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("tournant " + s.Version + "\n"))
}

func serverAPIVersion(*request) (*response, error) {
	return ok(struct {
		Min int `json:"min_api_version"`
		Max int `json:"max_api_version"`
	}{minVersion, maxVersion})
}
