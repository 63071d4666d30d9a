package api

import (
	"database/sql"
	"errors"
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/password"
	"tournant/internal/store"
)

func (s *Server) userRoutes() {
	s.route("/users", resource{
		"GET": do(listUsers),
		"POST": take(func(rq *request) (*chef.User, error) { return rq.actorAPI().ParseUser(rq.body) },
			createUser),
	})
	s.route("/users/{name}", resource{
		"GET":    do(getUser),
		"PUT":    take(parseUserUpdate, updateUser),
		"DELETE": do(deleteUser),
	})
	s.route("/users/{name}/organizations", resource{"GET": do(userOrganizations)})
}

func missingUser(name string) error {
	return chef.Plainf(chef.NotFound, "Could not find user %s", name)
}

// user returns the user that the path names.
func (rq *request) user() (*store.Actor, error) {
	name := rq.PathValue("name")
	a, err := rq.Store.User(rq.Context(), name)
	return a, orMissing(err, missingUser(name))
}

// permittedUser returns the user that the path names after checking a
// permission on it.
func (rq *request) permittedUser(perm authz.Perm) (*store.Actor, error) {
	a, err := rq.user()
	if err != nil {
		return nil, err
	}
	return a, rq.require(a.ACL, perm)
}

// userDocument is a user as it is served.
func (rq *request) userDocument(a *store.Actor) ([]byte, error) {
	key, err := rq.shownKey(a)
	if err != nil {
		return nil, err
	}
	return chef.UserDocument(a.Name, a.Email.String, a.Profile, key)
}

func (rq *request) showUser(a *store.Actor) (*response, error) {
	doc, err := rq.userDocument(a)
	if err != nil {
		return nil, err
	}
	return raw(http.StatusOK, "", doc)
}

// userAnswer is the answer to a creation or a change of a user.
type userAnswer struct {
	URI        string   `json:"uri"`
	PrivateKey string   `json:"private_key,omitempty"` // API version 0
	Key        *keyJSON `json:"chef_key,omitempty"`    // later versions
}

func createUser(rq *request, u *chef.User) (*response, error) {
	acl, err := rq.inherit("users")
	if err != nil {
		return nil, err
	}
	row := store.NewActor{Org: store.Server, Type: chef.TypeUser, Name: u.Name, ACL: acl, SelfOwned: true}
	change, err := changeOf(u)
	if err != nil {
		return nil, err
	}
	if err := change(&row.User); err != nil {
		return nil, err
	}
	pair, err := rq.birthPair(u.Key)
	if err != nil {
		return nil, err
	}
	if err := rq.Store.CreateUser(rq.Context(), row, pair.asDefault()); err != nil {
		return nil, orExists(err, chef.Errorf(chef.Conflict, "Username or email address already in use."))
	}
	answer := userAnswer{URI: rq.globalURL("users", u.Name)}
	if rq.inAPIVersion0() {
		answer.PrivateKey = pair.private
	} else {
		answer.Key = pair.birthKey(answer.URI)
	}
	return created(answer.URI, answer)
}

// changeOf returns the change of a user's row that a body asks for; what it
// leaves out stays, except for the e-mail address. A password is hashed here,
// so that no transaction waits for that.
func changeOf(u *chef.User) (func(*store.Actor) error, error) {
	var hashed chef.Password
	if u.Password != "" {
		var err error
		if hashed, err = password.Hash(u.Password); err != nil {
			return nil, err
		}
	}
	return func(row *store.Actor) (err error) {
		row.Name = u.Name
		row.Email = textOrNull(u.Email)
		if u.ExternalUID != nil {
			row.ExternalUID = textOrNull(*u.ExternalUID)
		}
		if u.Recovery != nil {
			row.Recovery = *u.Recovery
		}
		if u.Password != "" {
			row.Password = hashed
		}
		row.Profile, err = u.MergeProfile(row.Profile)
		return err
	}, nil
}

func textOrNull(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func getUser(rq *request) (*response, error) {
	a, err := rq.permittedUser(authz.Read)
	if err != nil {
		return nil, err
	}
	return rq.showUser(a)
}

// parseUserUpdate reads a change of a user. Whether an e-mail address is
// required depends on the user as it is.
func parseUserUpdate(rq *request) (*chef.User, error) {
	a, err := rq.Store.User(rq.Context(), rq.PathValue("name"))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	return rq.actorAPI().ParseUserUpdate(rq.body, a != nil && a.ExternalUID.Valid)
}

func updateUser(rq *request, u *chef.User) (*response, error) {
	a, err := rq.user()
	if err != nil {
		return nil, err
	}
	if err := rq.mayUpdateUser(a, u); err != nil {
		return nil, err
	}
	if u.Name != a.Name {
		if err := keepSuperuser(a); err != nil {
			return nil, err
		}
	}
	change, err := changeOf(u)
	if err != nil {
		return nil, err
	}
	pair, err := rq.pair(u.Key)
	if err != nil {
		return nil, err
	}
	if err := rq.Store.UpdateActor(rq.Context(), a.ID, change, pair.asDefault()); err != nil {
		exists := chef.Errorf(chef.Conflict, "User '%s' already exists", u.Name)
		return nil, orExists(orMissing(err, missingUser(a.Name)), exists)
	}
	answer := userAnswer{URI: rq.globalURL("users", u.Name), PrivateKey: pair.private}
	if u.Name != a.Name {
		return created(answer.URI, answer)
	}
	return ok(answer)
}

// mayUpdateUser checks what a change of a user needs: only the superuser ties
// users to other systems or sets them free.
func (rq *request) mayUpdateUser(a *store.Actor, u *chef.User) error {
	if u.ExternalUID != nil || u.Recovery != nil {
		return rq.requireSuperuser(authz.Update)
	}
	if err := rq.require(a.ACL, authz.Update); err != nil {
		return err
	}
	if rq.EmailByWebUIOnly && !rq.who.webUI && u.Email != "" && u.Email != a.Email.String {
		return chef.Plainf(chef.Forbidden, "Use chef-manage/Chef Manage to change user email")
	}
	return nil
}

// requireSuperuser refuses everyone else as if a permission were missing.
func (rq *request) requireSuperuser(perm authz.Perm) error {
	if rq.who.superuser() {
		return nil
	}
	return missing(perm)
}

// keepSuperuser refuses to rename or delete the superuser: the server could not
// be administered any more, and whoever took the name next would be it.
func keepSuperuser(a *store.Actor) error {
	if a.Name == store.Superuser {
		return chef.Plainf(chef.Forbidden, "The superuser %s cannot be renamed or deleted.", a.Name)
	}
	return nil
}

func deleteUser(rq *request) (*response, error) {
	a, err := rq.permittedUser(authz.Delete)
	if err != nil {
		return nil, err
	}
	if err := keepSuperuser(a); err != nil {
		return nil, err
	}
	res, err := rq.showUser(a)
	if err != nil {
		return nil, err
	}
	return res, orMissing(rq.Store.DeleteUser(rq.Context(), a), missingUser(a.Name))
}

// userOrganizations answers with the organizations of a user: all to itself
// and the superuser, the common ones to others.
func userOrganizations(rq *request) (*response, error) {
	a, err := rq.permittedUser(authz.Read)
	if err != nil {
		return nil, err
	}
	var orgs []*store.Org
	if rq.who.is(a) || rq.who.superuser() {
		orgs, err = rq.Store.UserOrgs(rq.Context(), a.ID)
	} else {
		orgs, err = rq.Store.CommonOrgs(rq.Context(), a.ID, rq.who.actor.ID)
	}
	if err != nil {
		return nil, err
	}
	type entry struct {
		Organization organization `json:"organization"`
	}
	list := make([]entry, len(orgs))
	for i, org := range orgs {
		list[i].Organization = organizationOf(org)
	}
	return ok(list)
}
