package api

import (
	"encoding/json"
	"slices"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

var roles = noun{
	typ: chef.TypeRole, container: "roles",
	missing: func(name string) error { return chef.Errorf(chef.NotFound, "Cannot load role %s", name) },
	exists:  chef.Errorf(chef.Conflict, "Role already exists"),
}

func (s *Server) roleRoutes() {
	s.orgRoute("/roles", resource{
		"GET": do(roles.list),
		"POST": take(func(rq *request) (*chef.Role, error) { return chef.ParseRole(rq.body, "") },
			func(rq *request, r *chef.Role) (*response, error) { return roles.create(rq, r.Name, "", r.Document) }),
	})
	s.orgRoute("/roles/{name}", resource{
		"GET": do(roles.get),
		"PUT": take(func(rq *request) (*chef.Role, error) { return chef.ParseRole(rq.body, rq.PathValue("name")) },
			func(rq *request, r *chef.Role) (*response, error) { return roles.update(rq, r.Name, "", r.Document) }),
		"DELETE": do(roles.delete),
	})
	s.orgRoute("/roles/{name}/environments", resource{"GET": do(roleEnvironments)})
	s.orgRoute("/roles/{name}/environments/{environment}", resource{"GET": do(roleInEnvironment("name", "environment"))})
	s.orgRoute("/environments/{name}/roles/{role}", resource{"GET": do(roleInEnvironment("role", "name"))})
}

func roleRunLists(rq *request, name string) (chef.RoleRunLists, error) {
	o, err := roles.permitted(rq, name, authz.Read)
	if err != nil {
		return chef.RoleRunLists{}, err
	}
	plain, err := o.Document.Unpack()
	if err != nil {
		return chef.RoleRunLists{}, err
	}
	return chef.ParseRoleRunLists(plain)
}

func roleEnvironments(rq *request) (*response, error) {
	lists, err := roleRunLists(rq, rq.PathValue("name"))
	if err != nil {
		return nil, err
	}
	names := []string{chef.DefaultEnvironment}
	for name := range lists.EnvRunLists {
		names = append(names, name)
	}
	slices.Sort(names)
	return ok(slices.Compact(names))
}

// roleInEnvironment answers with a role's run list in an environment; the
// arguments name the path values that hold the two.
func roleInEnvironment(roleVar, envVar string) handler {
	return func(rq *request) (*response, error) {
		lists, err := roleRunLists(rq, rq.PathValue(roleVar))
		if err != nil {
			return nil, err
		}
		env, list := rq.PathValue(envVar), lists.RunList
		if env != chef.DefaultEnvironment {
			if _, err := environments.find(rq, env); err != nil {
				return nil, err
			}
			list = lists.EnvRunLists[env]
		}
		return ok(struct {
			RunList json.RawMessage `json:"run_list"`
		}{list})
	}
}
