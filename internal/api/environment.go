package api

import (
	"net/http"

	"tournant/internal/chef"
)

var environments = noun{
	typ: chef.TypeEnvironment, container: "environments",
	missing: func(name string) error { return chef.Errorf(chef.NotFound, "Cannot load environment %s", name) },
	exists:  chef.Errorf(chef.Conflict, "Environment already exists"),
}

func (s *Server) environmentRoutes() {
	s.orgRoute("/environments", resource{
		"GET": do(environments.list),
		"POST": take(parseEnvironment, func(rq *request, e *chef.Environment) (*response, error) {
			return environments.create(rq, e.Name, "", e.Document)
		}),
	})
	s.orgRoute("/environments/{name}", resource{
		"GET": do(environments.get),
		"PUT": take(parseEnvironment, func(rq *request, e *chef.Environment) (*response, error) {
			return environments.update(rq, e.Name, "", e.Document)
		}),
		"DELETE": do(environments.delete),
	})
	// Chef's server decides this before it looks at who asks.
	s.orgRoute("/environments/"+chef.DefaultEnvironment, resource{
		"GET": do(func(rq *request) (*response, error) {
			rq.SetPathValue("name", chef.DefaultEnvironment)
			return environments.get(rq)
		}),
		"PUT":    refuseDefaultEnvironment(),
		"DELETE": refuseDefaultEnvironment(),
	})
}

func parseEnvironment(rq *request) (*chef.Environment, error) { return chef.ParseEnvironment(rq.body) }

func refuseDefaultEnvironment() endpoint {
	return unsigned(func(*request) (*response, error) {
		body, err := marshal(errorBody(chef.Errorf(chef.NotAllowed, "The '_default' environment cannot be modified.")))
		return &response{status: http.StatusMethodNotAllowed, allow: http.MethodGet, body: body}, err
	})
}
