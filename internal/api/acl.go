package api

import (
	"context"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

// aclTarget is an entity whose ACL is shown or changed.
type aclTarget struct {
	acl    authz.ACL
	change func(context.Context, store.ACLChange) error
}

// aclFinder returns the entity that a request's path names.
type aclFinder func(*request) (aclTarget, error)

func (s *Server) aclRoutes() {
	for _, n := range []noun{
		nodes, roles, environments, dataBags, groups, containers,
		{typ: chef.TypeCookbook, container: "cookbooks", missing: missingACL("cookbook")},
		{typ: chef.TypeCookbookArtifact, container: "cookbook_artifacts", missing: missingACL("cookbook_artifact")},
		{typ: chef.TypePolicy, container: "policies", missing: missingACL("policy")},
		{typ: chef.TypePolicyGroup, container: "policy_groups", missing: missingACL("policy_group")},
	} {
		s.aclRoute("/organizations/{org}/"+n.container+"/{name}", objectACL(n))
		// A kind without a name means the organization, to read.
		s.orgRoute("/"+n.container+"/_acl", orgACLToRead)
	}
	s.aclRoute("/organizations/{org}/clients/{name}", clientACL)
	for _, kind := range []string{"clients", "users", "association_requests", "search", "sandboxes", "principals"} {
		s.orgRoute("/"+kind+"/_acl", orgACLToRead)
	}
	s.aclRoute("/users/{name}", userACL)
	// knife names the organization in the singular, the API's own documents in
	// the plural.
	s.aclRoute("/organizations/{org}/organization", orgACL)
	s.aclRoute("/organizations/{org}/organizations", orgACL)
}

// orgACLToRead is what a kind of object has in place of an ACL of its own.
var orgACLToRead = resource{"GET": do(showACL(orgACL))}

func (s *Server) aclRoute(path string, find aclFinder) {
	s.route(path+"/_acl", resource{"GET": do(showACL(find))})
	s.route(path+"/_acl/{perm}", resource{"PUT": take(parseACE, updateACE(find))})
}

func missingACL(what string) func(string) error {
	return func(name string) error { return chef.Errorf(chef.NotFound, "Cannot load %s %s", what, name) }
}

func objectACL(n noun) aclFinder {
	return func(rq *request) (aclTarget, error) {
		o, err := n.find(rq, rq.PathValue("name"))
		if err != nil {
			return aclTarget{}, err
		}
		return aclTarget{o.ACL, func(ctx context.Context, change store.ACLChange) error {
			return orMissing(rq.Store.ChangeObjectACL(ctx, o, change), n.missing(o.Name))
		}}, nil
	}
}

func clientACL(rq *request) (aclTarget, error) {
	a, err := rq.client()
	if err != nil {
		return aclTarget{}, err
	}
	return actorTarget(rq, a, missingClient(a.Name)), nil
}

func userACL(rq *request) (aclTarget, error) {
	a, err := rq.user()
	if err != nil {
		return aclTarget{}, err
	}
	return actorTarget(rq, a, missingUser(a.Name)), nil
}

func actorTarget(rq *request, a *store.Actor, gone error) aclTarget {
	return aclTarget{a.ACL, func(ctx context.Context, change store.ACLChange) error {
		return orMissing(rq.Store.ChangeActorACL(ctx, a, change), gone)
	}}
}

func orgACL(rq *request) (aclTarget, error) {
	return aclTarget{rq.org.ACL, func(ctx context.Context, change store.ACLChange) error {
		return orMissing(rq.Store.ChangeOrgACL(ctx, rq.org, change), missingOrganization(rq.org.Name))
	}}, nil
}

// granted returns the target for a requestor who holds grant on it; without it
// even reading an ACL is refused, as lacking perm.
func granted(rq *request, find aclFinder, perm authz.Perm) (aclTarget, error) {
	t, err := find(rq)
	if err != nil {
		return t, err
	}
	if !t.acl.Allows(rq.who.subject, authz.Grant) {
		return t, missing(perm)
	}
	return t, nil
}

// aceView is an ACE as the API shows it. Users and Clients are there only when
// they were asked for.
type aceView struct {
	Actors  []string  `json:"actors"`
	Users   *[]string `json:"users,omitempty"`
	Clients *[]string `json:"clients,omitempty"`
	Groups  []string  `json:"groups"`
}

func showACL(find aclFinder) handler {
	return func(rq *request) (*response, error) {
		t, err := granted(rq, find, authz.Read)
		if err != nil {
			return nil, err
		}
		names, err := rq.nameACL(t.acl)
		if err != nil {
			return nil, err
		}
		granular := rq.URL.Query().Get("detail") == "granular"
		view := map[string]aceView{}
		for _, perm := range authz.Perms() {
			view[perm.String()] = names.view(rq, t.acl[perm], granular)
		}
		return ok(view)
	}
}

// aclNames are the names of everyone in an ACL, read with two queries.
type aclNames struct {
	actors []store.Member
	groups []store.GroupName
}

func (rq *request) nameACL(acl authz.ACL) (n aclNames, err error) {
	var actors, groups []int64
	for _, ace := range acl {
		actors = append(actors, ace.Actors...)
		groups = append(groups, ace.Groups...)
	}
	if n.actors, err = rq.Store.ActorsByID(rq.Context(), actors); err != nil {
		return n, err
	}
	n.groups, err = rq.Store.GroupsByID(rq.Context(), groups)
	return n, err
}

func (n aclNames) view(rq *request, ace authz.ACE, granular bool) aceView {
	var actors []store.Member
	for _, a := range n.actors {
		if contains(ace.Actors, a.ID) {
			actors = append(actors, a)
		}
	}
	var groups []store.GroupName
	for _, g := range n.groups {
		if contains(ace.Groups, g.ID) {
			groups = append(groups, g)
		}
	}
	users, clients := rq.split(actors)
	if granular {
		return aceView{Actors: []string{}, Users: &users, Clients: &clients, Groups: rq.scoped(groups)}
	}
	return aceView{Actors: append(clients, users...), Groups: rq.scoped(groups)}
}
