package api

import (
	"fmt"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/identity"
	"tournant/internal/store"
)

// requestor is who signed a request.
type requestor struct {
	actor   *store.Actor
	subject authz.Subject
	key     string // name of the key that signed; empty when the web UI did
	webUI   bool
}

func (r requestor) name() string {
	if r.actor == nil {
		return ""
	}
	return r.actor.Name
}

// superuser reports whether the requestor may do what no ACL grants.
func (r requestor) superuser() bool {
	return r.actor.Type == chef.TypeUser && r.actor.Name == store.Superuser
}

func (r requestor) is(a *store.Actor) bool { return r.actor.ID == a.ID }

// authenticate finds the actor whose key made the signature and requires it to
// belong to the organization.
func (rq *request) authenticate() error {
	candidates, err := rq.identities.Candidates(rq.Context(), rq.org.ID, rq.heads, rq.claim.UserID)
	if err != nil {
		return fmt.Errorf("find who signs as %q: %w", rq.claim.UserID, err)
	}
	found, err := rq.signer(candidates)
	if err != nil {
		return err
	}
	if rq.org.ID != store.Server && !found.Member && !rq.who.superuser() {
		return chef.Errorf(chef.Forbidden, "'%s' not associated with organization '%s'", rq.claim.UserID, rq.org.Name)
	}
	return nil
}

// signer sets rq.who to the first candidate one of whose keys verifies.
func (rq *request) signer(candidates []identity.Candidate) (*identity.Candidate, error) {
	unknown := chef.Errorf(chef.Unauthenticated,
		"Failed to authenticate as '%s'. Ensure that your node_name and client key are correct.", rq.claim.UserID)
	if rq.Header.Get("X-Ops-Request-Source") == "web" {
		if len(candidates) == 0 {
			return nil, unknown
		}
		return &candidates[0], rq.webUISigned(&candidates[0])
	}
	path, now := rq.signedPath, rq.Now()
	tried := false
	for i := range candidates {
		for _, key := range candidates[i].Keys {
			if key.Expired(now) {
				continue
			}
			tried = true
			if key.Public != nil && rq.claim.Verify(key.Public, rq.Method, path, rq.body) {
				rq.who = requestor{actor: candidates[i].Actor, subject: candidates[i].Subject, key: key.Name}
				return &candidates[i], nil
			}
		}
	}
	if !tried {
		return nil, unknown
	}
	return nil, rq.claim.Failed()
}

// webUISigned accepts a request that the web UI signed for a user.
func (rq *request) webUISigned(c *identity.Candidate) error {
	if rq.WebUIKey == nil || !rq.claim.Verify(rq.WebUIKey, rq.Method, rq.signedPath, rq.body) {
		return rq.claim.Failed()
	}
	rq.who = requestor{actor: c.Actor, subject: c.Subject, webUI: true}
	return nil
}

// missing is the error for a permission that the requestor lacks.
func missing(perm authz.Perm) error {
	return chef.Errorf(chef.Forbidden, "missing %s permission", perm)
}

// require checks a permission on an entity's ACL.
func (rq *request) require(acl authz.ACL, perm authz.Perm) error {
	if acl.Allows(rq.who.subject, perm) {
		return nil
	}
	return missing(perm)
}

// container returns an organization's container after checking a permission on
// it. A container that was deleted grants nothing.
func (rq *request) container(name string, perm authz.Perm) (*store.Object, error) {
	c, err := rq.identities.Container(rq.Context(), rq.org.ID, rq.heads, name)
	if err != nil {
		return nil, orMissing(err, missing(perm))
	}
	return c, rq.require(c.ACL, perm)
}

// inherit returns the ACL of a new object in a container, after checking that
// the requestor may create there.
func (rq *request) inherit(container string) (authz.ACL, error) {
	c, err := rq.container(container, authz.Create)
	if err != nil {
		return authz.ACL{}, err
	}
	return c.ACL.Inherit(rq.who.actor.ID), nil
}

// inAPIVersion0 reports whether the request speaks the API's first version,
// in which actors carry their default key.
func (rq *request) inAPIVersion0() bool { return rq.version == 0 }
