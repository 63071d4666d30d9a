package api

import (
	"net"
	"net/http"
	"strings"

	"tournant/internal/chef"
)

func (s *Server) validateRoutes() {
	check := do(validated)
	check.signedPath = validatedPath
	s.orgRoute("/validate/{tail...}", resource{"GET": check, "POST": check, "PUT": check, "DELETE": check})
	// Chef's analytics is gone, and said so before it looked at anything else.
	s.mux.HandleFunc("/organizations/{org}/controls", s.controls)
}

// validatedPath is what the client of a proxy in front signed: the path behind
// /validate.
func validatedPath(r *http.Request) string {
	_, tail, _ := strings.Cut(signedPath(r), "/validate")
	return tail
}

// validated tells a proxy on this host who signed the request that it holds.
// From elsewhere there is no such route: it would answer for signatures that
// were made for other servers.
func validated(rq *request) (*response, error) {
	host, _, err := net.SplitHostPort(rq.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, chef.Errorf(chef.NotFound, "No such route.")
	}
	return ok(struct {
		Name string `json:"requestor_name"`
		Type string `json:"requestor_type"`
	}{rq.who.actor.Name, string(rq.who.actor.Type)})
}

func (s *Server) controls(w http.ResponseWriter, r *http.Request) {
	rq := s.newRequest(w, r)
	res := rq.failed(chef.Plainf(chef.Gone, "Resource gone, analytics is no longer supported by Chef Server"))
	rq.write(w, res)
	rq.log(res)
}
