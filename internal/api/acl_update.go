package api

import (
	"fmt"
	"slices"
	"strings"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

func contains(ids []int64, id int64) bool { return slices.Contains(ids, id) }

// aceUpdate is a validated ACE and the permission that it is for.
type aceUpdate struct {
	*chef.ACEUpdate
	perm authz.Perm
}

func parseACE(rq *request) (aceUpdate, error) {
	name := rq.PathValue("perm")
	perm, ok := authz.ParsePerm(name)
	if !ok {
		return aceUpdate{}, chef.Errorf(chef.Invalid, "Invalid permission '%s'; it must be create, read, update, delete or grant.", name)
	}
	u, err := chef.ParseACEUpdate(rq.body, name)
	return aceUpdate{u, perm}, err
}

func updateACE(find aclFinder) func(*request, aceUpdate) (*response, error) {
	return func(rq *request, u aceUpdate) (*response, error) {
		t, err := granted(rq, find, authz.Update)
		if err != nil {
			return nil, err
		}
		ace, err := rq.resolveACE(u)
		if err != nil {
			return nil, err
		}
		admins, err := rq.keptAdmins(u.perm)
		if err != nil {
			return nil, err
		}
		err = t.change(rq.Context(), func(acl authz.ACL) (authz.ACL, error) {
			if contains(acl[u.perm].Groups, admins) && !contains(ace.Groups, admins) {
				return acl, chef.Errorf(chef.Forbidden, "Admin group cannot be removed from the Grant ACE")
			}
			acl[u.perm] = ace
			return acl, nil
		})
		if err != nil {
			return nil, err
		}
		return ok(struct{}{})
	}
}

// keptAdmins returns the admins group if it must not be taken out of an ACE,
// else 0: without it in grant, an organization's administrators would be locked
// out. The superuser may do so.
func (rq *request) keptAdmins(perm authz.Perm) (int64, error) {
	if perm != authz.Grant || rq.who.superuser() || rq.org.ID == store.Server {
		return 0, nil
	}
	ids, err := rq.Store.GroupIDs(rq.Context(), rq.org.ID, []string{authz.Admins})
	return ids[authz.Admins], err
}

func (rq *request) resolveACE(u aceUpdate) (ace authz.ACE, err error) {
	names := slices.Concat(u.Actors, u.Users, u.Clients)
	known, err := rq.Store.ActorIDs(rq.Context(), rq.org.ID, names)
	if err != nil {
		return ace, err
	}
	resolveActors := rq.plainActors
	if u.Granular {
		resolveActors = rq.granularActors
	}
	if ace.Actors, err = resolveActors(u.ACEUpdate, known); err != nil {
		return ace, err
	}
	ids, err := rq.Store.GroupIDs(rq.Context(), rq.org.ID, u.Groups)
	if err != nil {
		return ace, err
	}
	ace.Groups = resolve(u.Groups, func(name string) int64 { return ids[name] })
	if unknown := absent(u.Groups, func(name string) bool { return ids[name] != 0 }); len(unknown) > 0 {
		return ace, chef.Errorf(chef.Invalid, "The group(s) %s do not exist in this organization.", quoted(unknown))
	}
	return ace, nil
}

// plainActors resolves names that may be clients or users. A client wins over
// a user from outside the organization; with one inside, the name is ambiguous.
func (rq *request) plainActors(u *chef.ACEUpdate, known map[string]store.ActorIDs) ([]int64, error) {
	unknown := absent(u.Actors, func(name string) bool { return known[name] != store.ActorIDs{} })
	if len(unknown) > 0 {
		if rq.org.ID == store.Server {
			return nil, chef.Errorf(chef.Invalid,
				"The actor(s) %s is not a valid user (clients are not allowed in this context).", quoted(unknown))
		}
		return nil, chef.Errorf(chef.Invalid,
			"The actor(s) %s do not exist in this organization as clients or users.", quoted(unknown))
	}
	ambiguous := absent(u.Actors, func(name string) bool { return known[name].Client == 0 || !known[name].Member })
	if len(ambiguous) > 0 {
		return nil, chef.Errorf(chef.Ambiguous, "The following actor(s) exist as both clients and users within this organization: %s. "+
			"To perform this update, supply separate 'clients' and 'users' fields in your request, "+
			"and use an empty array for the value of 'actors'.", quoted(ambiguous))
	}
	return resolve(u.Actors, func(name string) int64 {
		if id := known[name].Client; id != 0 {
			return id
		}
		return known[name].User
	}), nil
}

// granularActors resolves names whose kind is given.
func (rq *request) granularActors(u *chef.ACEUpdate, known map[string]store.ActorIDs) ([]int64, error) {
	global := rq.org.ID == store.Server
	if global && len(u.Clients) > 0 {
		return nil, chef.Errorf(chef.Invalid, "Clients can not be added to global ACL entries.")
	}
	if unknown := absent(u.Clients, func(name string) bool { return known[name].Client != 0 }); len(unknown) > 0 {
		return nil, chef.Errorf(chef.Invalid, "The client(s) %s do not exist in this organization.", quoted(unknown))
	}
	if unknown := absent(u.Users, func(name string) bool { return known[name].User != 0 }); len(unknown) > 0 {
		return nil, unknownUsers(unknown, global)
	}
	return append(
		resolve(u.Clients, func(name string) int64 { return known[name].Client }),
		resolve(u.Users, func(name string) int64 { return known[name].User })...), nil
}

func unknownUsers(names []string, global bool) error {
	switch {
	case !global:
		return chef.Errorf(chef.Invalid, "The user(s) %s do not exist in this organization.", quoted(names))
	case len(names) == 1:
		return chef.Errorf(chef.Invalid, "The user %s does not exist.", quoted(names))
	}
	return chef.Errorf(chef.Invalid, "The users %s do not exist.", quoted(names))
}

// absent returns the names for which known is false.
func absent(names []string, known func(string) bool) []string {
	var out []string
	for _, name := range names {
		if !known(name) {
			out = append(out, name)
		}
	}
	return out
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = fmt.Sprintf("'%s'", name)
	}
	return strings.Join(out, ", ")
}
