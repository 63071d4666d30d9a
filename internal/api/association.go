package api

import (
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

func (s *Server) associationRoutes() {
	s.orgRoute("/users", resource{
		"GET":  do(listOrgUsers),
		"POST": take(func(rq *request) (string, error) { return chef.ParseAssociation(rq.body) }, associate),
	})
	s.orgRoute("/users/{name}", resource{"GET": do(getOrgUser), "DELETE": do(disassociate)})
}

func associationExists() error {
	return chef.Plainf(chef.Conflict, "The association already exists.")
}

func listOrgUsers(rq *request) (*response, error) {
	if err := rq.require(rq.org.ACL, authz.Read); err != nil {
		return nil, err
	}
	names, err := rq.Store.OrgUserNames(rq.Context(), rq.org.ID)
	if err != nil {
		return nil, err
	}
	type user struct {
		Username string `json:"username"`
	}
	type entry struct {
		User user `json:"user"`
	}
	list := make([]entry, len(names))
	for i, name := range names {
		list[i].User.Username = name
	}
	return ok(list)
}

// associate makes a user belong to the organization without being asked.
func associate(rq *request, name string) (*response, error) {
	user, err := rq.Store.User(rq.Context(), name)
	if err != nil {
		return nil, orMissing(err, missingUser(name))
	}
	if err := rq.requireSuperuser(authz.Create); err != nil {
		return nil, err
	}
	acl, err := rq.ownGroupACL(rq.org, 0)
	if err != nil {
		return nil, err
	}
	if err := rq.Store.Associate(rq.Context(), rq.org, user, acl); err != nil {
		return nil, orExists(err, associationExists())
	}
	return &response{status: http.StatusCreated, location: rq.url("users", name)}, nil
}

// ownGroupACL is the ACL of the group that stands for a user in an
// organization; creator is who brought the user in, 0 for the server. An
// organization without the container has nothing to inherit.
func (rq *request) ownGroupACL(org *store.Org, creator int64) (authz.ACL, error) {
	container, err := rq.Store.Object(rq.Context(), store.Ref{Org: org.ID, Type: chef.TypeContainer, Name: groups.container})
	if err != nil {
		none := authz.ACL{}
		return none.Inherit(creator), orMissing(err, nil)
	}
	return container.ACL.Inherit(creator), nil
}

// orgUser returns the user that the path names, who must belong to the
// organization: that is reported before any permission.
func (rq *request) orgUser() (*store.Actor, error) {
	user, err := rq.user()
	if err != nil {
		return nil, err
	}
	member, err := rq.Store.Associated(rq.Context(), rq.org.ID, user.ID)
	if err == nil && !member {
		err = notInOrganization(rq, user)
	}
	return user, err
}

func notInOrganization(rq *request, user *store.Actor) error {
	return chef.Plainf(chef.NotFound, "Cannot find a user %s in organization %s", user.Name, rq.org.Name)
}

// requireOnUser checks a permission on the organization and then that the
// requestor may see the user.
func (rq *request) requireOnUser(perm authz.Perm, user *store.Actor) error {
	if err := rq.require(rq.org.ACL, perm); err != nil {
		return err
	}
	return rq.require(user.ACL, authz.Read)
}

func getOrgUser(rq *request) (*response, error) {
	user, err := rq.orgUser()
	if err != nil {
		return nil, err
	}
	if err := rq.requireOnUser(authz.Read, user); err != nil {
		return nil, err
	}
	return rq.showUser(user)
}

// disassociate removes a user from the organization. Users may always leave,
// but nobody leaves while in the group of administrators.
func disassociate(rq *request) (*response, error) {
	user, err := rq.orgUser()
	if err != nil {
		return nil, err
	}
	if !rq.who.is(user) {
		if err := rq.requireOnUser(authz.Update, user); err != nil {
			return nil, err
		}
	}
	admin, err := rq.Store.IsMember(rq.Context(), rq.org.ID, authz.Admins, user.ID)
	if err != nil {
		return nil, err
	}
	if admin {
		return nil, chef.Plainf(chef.Forbidden, "Please remove %s from this organization's admins group "+
			"before removing him or her from the organization.", user.Name)
	}
	if err := rq.Store.Disassociate(rq.Context(), rq.org, user); err != nil {
		return nil, orMissing(err, notInOrganization(rq, user))
	}
	return rq.showUser(user)
}
