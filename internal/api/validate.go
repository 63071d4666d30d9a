package api

import (
	"net"
	"net/http"
	"strings"

	"tournant/internal/chef"
)

func (s *Server) validateRoutes() {
	check := endpoint{prepare: localOnly(validated), signedPath: validatedPath}
	validate := resource{"GET": check, "POST": check, "PUT": check, "DELETE": check}
	s.orgRoute("/validate", validate)
	s.orgRoute("/validate/{tail...}", validate)
	// Chef's analytics is gone, and said so before it looked at anything else.
	s.mux.HandleFunc("/organizations/{org}/controls", s.controls)
}

// validatedPath is what the client of a proxy in front signed: the path behind
// /organizations/ORG/validate.
func validatedPath(r *http.Request) string {
	path := strings.TrimLeft(signedPath(r), "/")
	for range 3 {
		_, path, _ = strings.Cut(path, "/")
		path = strings.TrimLeft(path, "/")
	}
	return "/" + path
}

// localOnly prepares a handler for callers on this host. For others there is
// no such route: it would tell which signatures, made for other servers, hold.
func localOnly(h handler) func(*request) (handler, error) {
	return func(rq *request) (handler, error) {
		if !fromLoopback(rq.Request) {
			return nil, chef.Errorf(chef.NotFound, "No such route.")
		}
		return h, nil
	}
}

func fromLoopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// validated tells a proxy who signed the request that it holds.
func validated(rq *request) (*response, error) {
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
