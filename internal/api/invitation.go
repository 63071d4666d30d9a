package api

import (
	"encoding/json"
	"errors"
	"fmt"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

func (s *Server) invitationRoutes() {
	s.orgRoute("/association_requests", resource{
		"GET":  do(listOrgInvitations),
		"POST": take(func(rq *request) (string, error) { return chef.ParseInvitation(rq.body) }, invite),
	})
	s.orgRoute("/association_requests/{id}", resource{"DELETE": do(withdrawInvitation)})
	s.route("/users/{name}/association_requests", resource{"GET": do(listUserInvitations)})
	s.route("/users/{name}/association_requests/count", resource{"GET": do(countInvitations)})
	s.route("/users/{name}/association_requests/{id}", resource{
		"PUT": take(func(rq *request) (bool, error) { return chef.ParseInvitationResponse(rq.body) }, answerInvitation),
	})
}

// invitationJSON is an invitation that ended, as the API shows it. What is
// deprecated was so when Chef's server was written; clients may look for it.
type invitationJSON struct {
	ID           string           `json:"id"`
	OrgName      string           `json:"orgname"`
	Username     string           `json:"username"`
	Organization deprecatedObject `json:"organization"`
	User         string           `json:"user"`
	Inviter      string           `json:"organization_admin_actor_id"`
}

type deprecatedObject struct {
	Deprecated bool   `json:"deprecated"`
	Name       string `json:"name"`
}

func showInvitation(i *store.Invitation) (*response, error) {
	return ok(invitationJSON{
		ID: i.ID, OrgName: i.OrgName, Username: i.User,
		Organization: deprecatedObject{Deprecated: true, Name: i.OrgName},
		User:         "deprecated", Inviter: "deprecated",
	})
}

func missingInvitation(id string) error {
	return chef.Plainf(chef.NotFound, "Cannot find association request: %s", id)
}

func listOrgInvitations(rq *request) (*response, error) {
	if err := rq.require(rq.org.ACL, authz.Read); err != nil {
		return nil, err
	}
	invitations, err := rq.Store.OrgInvitations(rq.Context(), rq.org.ID)
	if err != nil {
		return nil, err
	}
	type entry struct {
		ID       string `json:"id"`
		Username string `json:"username"`
	}
	list := make([]entry, len(invitations))
	for n, i := range invitations {
		list[n] = entry{i.ID, i.User}
	}
	return ok(list)
}

func invite(rq *request, name string) (*response, error) {
	user, err := rq.Store.User(rq.Context(), name)
	if err != nil {
		return nil, orMissing(err, missingUser(name))
	}
	if err := rq.require(rq.org.ACL, authz.Update); err != nil {
		return nil, err
	}
	if rq.who.actor.Type != chef.TypeUser {
		return nil, missing(authz.Update)
	}
	member, err := rq.Store.Associated(rq.Context(), rq.org.ID, user.ID)
	if err != nil {
		return nil, err
	}
	if member {
		return nil, associationExists()
	}
	id, err := rq.Store.Invite(rq.Context(), rq.org, user.ID, rq.who.actor.ID)
	if err != nil {
		return nil, orExists(err, chef.Plainf(chef.Conflict, "The invite already exists."))
	}
	return rq.invited(id, user)
}

func (rq *request) invited(id string, user *store.Actor) (*response, error) {
	type named struct {
		Name string `json:"name"`
	}
	type username struct {
		Username string `json:"username"`
	}
	type person struct {
		Email     string `json:"email"`
		FirstName string `json:"first_name"`
	}
	var p person
	if err := json.Unmarshal(user.Profile, &p); err != nil {
		return nil, fmt.Errorf("profile of %s: %w", user.Name, err)
	}
	p.Email = user.Email.String
	uri := rq.url("association_requests", id)
	return created(uri, struct {
		URI          string   `json:"uri"`
		Inviter      username `json:"organization_user"`
		Organization named    `json:"organization"`
		User         person   `json:"user"`
	}{uri, username{rq.who.name()}, named{rq.org.Name}, p})
}

func withdrawInvitation(rq *request) (*response, error) {
	id := rq.PathValue("id")
	i, err := rq.Store.Invitation(rq.Context(), id)
	if err != nil {
		return nil, orMissing(err, missingInvitation(id))
	}
	if i.Org != rq.org.ID {
		return nil, chef.Plainf(chef.Invalid, "Organization %s does not match %s in association request", rq.org.Name, i.OrgName)
	}
	if err := rq.require(rq.org.ACL, authz.Update); err != nil {
		return nil, err
	}
	if err := rq.Store.DeleteInvitation(rq.Context(), id); err != nil {
		return nil, orMissing(err, missingInvitation(id))
	}
	return showInvitation(i)
}

// invitationsOf returns the invitations of the user that the path names, which
// only that user and the superuser see.
func (rq *request) invitationsOf() ([]*store.Invitation, error) {
	user, err := rq.user()
	if err != nil {
		return nil, err
	}
	if !rq.who.is(user) {
		if err := rq.requireSuperuser(authz.Read); err != nil {
			return nil, err
		}
	}
	return rq.Store.UserInvitations(rq.Context(), user.ID)
}

func listUserInvitations(rq *request) (*response, error) {
	invitations, err := rq.invitationsOf()
	if err != nil {
		return nil, err
	}
	type entry struct {
		ID      string `json:"id"`
		OrgName string `json:"orgname"`
	}
	list := make([]entry, len(invitations))
	for n, i := range invitations {
		list[n] = entry{i.ID, i.OrgName}
	}
	return ok(list)
}

func countInvitations(rq *request) (*response, error) {
	invitations, err := rq.invitationsOf()
	if err != nil {
		return nil, err
	}
	return ok(struct {
		Value int `json:"value"`
	}{len(invitations)})
}

// answerInvitation accepts or rejects an invitation, which ends it.
func answerInvitation(rq *request, accept bool) (*response, error) {
	user, err := rq.user()
	if err != nil {
		return nil, err
	}
	if !rq.who.is(user) {
		if err := rq.require(user.ACL, authz.Grant); err != nil {
			return nil, err
		}
	}
	id := rq.PathValue("id")
	i, err := rq.Store.Invitation(rq.Context(), id)
	if err == nil && i.UserID != user.ID { // an id alone must not let others in
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, orMissing(err, missingInvitation(id))
	}
	if accept {
		err = rq.accept(i, user)
	} else {
		err = rq.Store.DeleteInvitation(rq.Context(), id)
	}
	if err != nil {
		return nil, orMissing(err, missingInvitation(id))
	}
	return showInvitation(i)
}

// accept lets the invited user in. An invitation that no longer can be
// accepted is deleted.
func (rq *request) accept(i *store.Invitation, user *store.Actor) error {
	org, _, err := rq.Store.Org(rq.Context(), i.OrgName)
	if err != nil {
		return err
	}
	acl, err := rq.invitedACL(org, i.Inviter)
	if err == nil {
		err = orExists(rq.Store.Accept(rq.Context(), i, org, user, acl), associationExists())
	}
	switch chef.CodeOf(err) {
	case chef.Conflict, chef.Forbidden:
		gone := rq.Store.DeleteInvitation(rq.Context(), i.ID)
		return errors.Join(err, orMissing(gone, nil))
	}
	return err
}

// invitedACL is the ACL of the group that will stand for an invited user. It
// is made in the inviter's name, who must still have the right to.
func (rq *request) invitedACL(org *store.Org, inviter int64) (authz.ACL, error) {
	container, err := rq.Store.Object(rq.Context(), store.Ref{Org: org.ID, Type: chef.TypeContainer, Name: groups.container})
	if err != nil {
		return authz.ACL{}, orMissing(err, invitationInvalid())
	}
	subject, err := rq.Store.Subject(rq.Context(), inviter)
	if err != nil {
		return authz.ACL{}, orMissing(err, invitationInvalid())
	}
	if !container.ACL.Allows(subject, authz.Create) {
		return authz.ACL{}, invitationInvalid()
	}
	return container.ACL.Inherit(inviter), nil
}

func invitationInvalid() error {
	return chef.Plainf(chef.Forbidden, "This invitation is no longer valid. Please notify an administrator "+
		"and request to be re-invited to the organization.")
}
