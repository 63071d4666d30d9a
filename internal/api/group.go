package api

import (
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

var groups = noun{
	typ: chef.TypeGroup, container: "groups",
	missing: func(name string) error { return chef.Errorf(chef.NotFound, "Cannot load group %s", name) },
	exists:  chef.Errorf(chef.Conflict, "Group already exists"),
}

func (s *Server) groupRoutes() {
	s.orgRoute("/groups", resource{
		"GET": do(groups.list),
		"POST": take(func(rq *request) (string, error) { return chef.ParseGroup(rq.body) },
			func(rq *request, name string) (*response, error) { return groups.create(rq, name, "", nil) }),
	})
	s.orgRoute("/groups/{name}", resource{
		"GET":    do(getGroup),
		"PUT":    take(func(rq *request) (*chef.GroupUpdate, error) { return chef.ParseGroupUpdate(rq.body) }, updateGroup),
		"DELETE": do(deleteGroup),
	})
}

// group is a group as the API shows it.
type group struct {
	Actors    []string `json:"actors"`
	Users     []string `json:"users"`
	Clients   []string `json:"clients"`
	Groups    []string `json:"groups"`
	OrgName   string   `json:"orgname"`
	Name      string   `json:"name"`
	GroupName string   `json:"groupname"`
}

// permittedGroup returns the group that the path names after checking a
// permission. Chef's server reads a group as its requestor, so one that may
// not even read it is told so in other words.
func permittedGroup(rq *request, perm authz.Perm) (*store.Object, error) {
	o, err := groups.find(rq, rq.PathValue("name"))
	if err != nil {
		return nil, err
	}
	if !o.ACL.Allows(rq.who.subject, authz.Read) {
		return nil, chef.Errorf(chef.Forbidden, "No permission for group %s", o.Name)
	}
	return o, rq.require(o.ACL, perm)
}

func (rq *request) showGroup(o *store.Object) (*response, error) {
	members, err := rq.Store.Members(rq.Context(), o.ID)
	if err != nil {
		return nil, err
	}
	nested, err := rq.Store.Nested(rq.Context(), o.ID)
	if err != nil {
		return nil, err
	}
	users, clients := rq.split(members)
	return ok(group{
		Actors: append(append([]string{}, clients...), users...), Users: users, Clients: clients,
		Groups:  rq.scoped(nested),
		OrgName: rq.org.Name, Name: o.Name, GroupName: o.Name,
	})
}

func getGroup(rq *request) (*response, error) {
	o, err := permittedGroup(rq, authz.Read)
	if err != nil {
		return nil, err
	}
	return rq.showGroup(o)
}

func deleteGroup(rq *request) (*response, error) {
	o, err := permittedGroup(rq, authz.Delete)
	if err != nil {
		return nil, err
	}
	res, err := rq.showGroup(o)
	if err != nil {
		return nil, err
	}
	return res, orMissing(rq.Store.Delete(rq.Context(), o), groups.missing(o.Name))
}

func updateGroup(rq *request, u *chef.GroupUpdate) (*response, error) {
	o, err := permittedGroup(rq, authz.Update)
	if err != nil {
		return nil, err
	}
	m, err := rq.membership(u)
	if err != nil {
		return nil, err
	}
	name := o.Name
	if u.Name != "" {
		name = u.Name
	}
	err = rq.Store.UpdateGroup(rq.Context(), o, name, m)
	if err != nil {
		return nil, orExists(orMissing(err, groups.missing(o.Name)), chef.Plainf(chef.Conflict, "Group already exists"))
	}
	if name != o.Name {
		return raw(http.StatusCreated, rq.url("groups", name), u.Echo)
	}
	return raw(http.StatusOK, "", u.Echo)
}

// membership turns the names of an update into ids. Names that mean nobody are
// left out, as Chef's server does.
func (rq *request) membership(u *chef.GroupUpdate) (store.Membership, error) {
	var m store.Membership
	actors, err := rq.Store.ActorIDs(rq.Context(), rq.org.ID, append(append([]string{}, u.Clients...), u.Users...))
	if err != nil {
		return m, err
	}
	m.Clients = resolve(u.Clients, func(name string) int64 { return actors[name].Client })
	m.Users = resolve(u.Users, func(name string) int64 { return actors[name].User })
	ids, err := rq.Store.GroupIDs(rq.Context(), rq.org.ID, u.Groups)
	m.Groups = resolve(u.Groups, func(name string) int64 { return ids[name] })
	return m, err
}

// resolve maps names to ids, each once, and leaves out those whose id is 0. A
// nil list stays nil.
func resolve(names []string, id func(string) int64) []int64 {
	if names == nil {
		return nil
	}
	ids := make([]int64, 0, len(names))
	seen := map[int64]bool{0: true}
	for _, name := range names {
		if n := id(name); !seen[n] {
			seen[n] = true
			ids = append(ids, n)
		}
	}
	return ids
}

// split sorts members into the names of users and of clients.
func (rq *request) split(members []store.Member) (users, clients []string) {
	users, clients = []string{}, []string{}
	for _, m := range members {
		if m.Type == chef.TypeUser {
			users = append(users, m.Name)
		} else {
			clients = append(clients, m.Name)
		}
	}
	return users, clients
}

// scoped names groups as seen from the request's organization.
func (rq *request) scoped(list []store.GroupName) []string {
	names := make([]string, len(list))
	for i, g := range list {
		names[i] = g.Name
		if g.Org != rq.org.ID || g.Org == store.Server {
			names[i] = g.OrgName + "::" + g.Name
		}
	}
	return names
}
