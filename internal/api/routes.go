package api

import (
	"net/http"
	"strings"
)

// routes lists the nouns. Each file has its own.
func (s *Server) routes() {
	s.nodeRoutes()
	s.roleRoutes()
	s.environmentRoutes()
	s.dataBagRoutes()
	s.cookbookRoutes()
	s.environmentCookbookRoutes()
	s.depsolverRoutes()
	s.universeRoutes()
	s.artifactRoutes()
	s.policyRoutes()
	s.policyGroupRoutes()
	s.sandboxRoutes()
	s.bookshelfRoutes()
	s.groupRoutes()
	s.containerRoutes()
	s.aclRoutes()
	s.userRoutes()
	s.clientRoutes()
	s.keyRoutes()
	s.principalRoutes()
	s.organizationRoutes()
	s.associationRoutes()
	s.invitationRoutes()
	s.authenticateUserRoutes()
	s.licenseRoutes()
	s.searchRoutes()
	s.serverAdminRoutes()
	s.reindexRoutes()
	s.validateRoutes()
	s.statusRoutes()
	s.metricsRoutes()
	s.mux.HandleFunc("/", s.notFound)
}

// notFound answers for paths that are no route. It is JSON: clients that probe
// for optional services (/data-collector, /required_recipe) take a 404 as no,
// and anything else as an answer.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	// The ACL of a kind that nobody has heard of is the organization's.
	segments := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if len(segments) == 4 && segments[0] == "organizations" && segments[3] == "_acl" {
		r.SetPathValue("org", segments[1])
		s.serve(w, r, orgACLToRead)
		return
	}
	rq := s.newRequest(w, r)
	res := &response{status: http.StatusNotFound, body: []byte(`{"error":["No such route."]}`)}
	rq.write(w, res)
	rq.log(res)
}
