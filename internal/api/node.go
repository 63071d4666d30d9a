package api

import (
	"tournant/internal/authz"
	"tournant/internal/chef"
)

var nodes = noun{
	typ: chef.TypeNode, container: "nodes",
	missing: func(name string) error { return chef.Errorf(chef.NotFound, "node '%s' not found", name) },
	exists:  chef.Errorf(chef.Conflict, "Node already exists"),
}

func (s *Server) nodeRoutes() {
	s.orgRoute("/nodes", resource{
		"GET": do(nodes.list),
		"POST": take(func(rq *request) (*chef.Node, error) { return chef.ParseNode(rq.body, "") },
			func(rq *request, n *chef.Node) (*response, error) {
				return nodes.create(rq, n.Name, n.Environment, n.Document)
			}),
	})
	s.orgRoute("/nodes/{name}", resource{
		"GET":  do(nodes.get),
		"HEAD": do(nodes.get),
		"PUT": take(func(rq *request) (*chef.Node, error) { return chef.ParseNode(rq.body, rq.PathValue("name")) },
			func(rq *request, n *chef.Node) (*response, error) {
				return nodes.update(rq, n.Name, n.Environment, n.Document)
			}),
		"DELETE": do(nodes.delete),
	})
	s.orgRoute("/nodes/{name}/_identifiers", resource{"GET": do(identifiers)})
	for _, kind := range []string{"clients", "environments", "groups", "roles", "search"} {
		s.orgRoute("/"+kind+"/{name}/_identifiers", resource{"GET": do(noIdentifiers(kind))})
	}
	s.orgRoute("/environments/{name}/nodes", resource{"GET": do(nodesInEnvironment)})
}

// identifiers tells an object's internal ids to Chef's own services.
func identifiers(rq *request) (*response, error) {
	name := rq.PathValue("name")
	o, err := nodes.find(rq, name)
	if err != nil {
		return nil, orMissingCode(err, chef.Errorf(chef.NotFound, "No such 'nodes': '%s'.", name))
	}
	return ok(struct {
		ID      string `json:"id"`
		AuthzID string `json:"authz_id"`
		OrgID   string `json:"org_id"`
	}{o.GUID, o.AuthzID, rq.org.GUID})
}

func noIdentifiers(kind string) handler {
	return func(*request) (*response, error) {
		return nil, chef.Errorf(chef.NotFound, "Unsupported object type: '%s'.", kind)
	}
}

func nodesInEnvironment(rq *request) (*response, error) {
	if _, err := rq.container(nodes.container, authz.Read); err != nil {
		return nil, err
	}
	env := rq.PathValue("name")
	if _, err := environments.find(rq, env); err != nil {
		return nil, orMissingCode(err, chef.Errorf(chef.NotFound, "Cannot load environment '%s'", env))
	}
	names, err := rq.Store.NodeNamesIn(rq.Context(), rq.org.ID, env)
	if err != nil {
		return nil, err
	}
	return rq.urlMap(names, nodes.container)
}

// orMissingCode replaces a worded "not found" by another wording.
func orMissingCode(err, missing error) error {
	if chef.CodeOf(err) == chef.NotFound {
		return missing
	}
	return err
}
