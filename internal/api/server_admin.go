package api

import (
	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

// serverAdminRoutes are of our own: Chef's control command writes to the
// database for them.
func (s *Server) serverAdminRoutes() {
	s.route("/_tournant/server-admins", resource{"GET": do(listServerAdmins)})
	s.route("/_tournant/server-admins/{name}", resource{"PUT": do(addServerAdmin), "DELETE": do(removeServerAdmin)})
}

func listServerAdmins(rq *request) (*response, error) {
	if err := rq.requireSuperuser(authz.Read); err != nil {
		return nil, err
	}
	names, err := rq.Store.ServerAdmins(rq.Context())
	if err != nil {
		return nil, err
	}
	return ok(struct {
		Users []string `json:"users"`
	}{append([]string{}, names...)})
}

// serverAdmin answers for one user.
type serverAdmin struct {
	Username string `json:"username"`
}

func addServerAdmin(rq *request) (*response, error) {
	if err := rq.requireSuperuser(authz.Update); err != nil {
		return nil, err
	}
	name := rq.PathValue("name")
	if err := rq.Store.AddServerAdmin(rq.Context(), name); err != nil {
		return nil, orMissing(err, missingUser(name))
	}
	return ok(serverAdmin{name})
}

func removeServerAdmin(rq *request) (*response, error) {
	if err := rq.requireSuperuser(authz.Update); err != nil {
		return nil, err
	}
	name := rq.PathValue("name")
	if name == store.Superuser {
		return nil, chef.Errorf(chef.Forbidden, "You cannot remove the base superuser %s from server-admins.", name)
	}
	if err := rq.Store.RemoveServerAdmin(rq.Context(), name); err != nil {
		return nil, orMissing(err, chef.Errorf(chef.NotFound,
			"User %s is not a member of server-admins so it cannot be removed.", name))
	}
	return ok(serverAdmin{name})
}
