package api

import "tournant/internal/authz"

// reindexRoutes are of our own: they make an organization's search index
// rebuild, on every server. Searches wait for it or answer 503 meanwhile.
func (s *Server) reindexRoutes() {
	s.route("/_tournant/reindex/{org}", resource{"POST": do(reindex)})
}

func reindex(rq *request) (*response, error) {
	if err := rq.requireSuperuser(authz.Update); err != nil {
		return nil, err
	}
	if err := rq.Store.Reindex(rq.Context(), rq.org); err != nil {
		return nil, err
	}
	return ok(organizationOf(rq.org))
}
