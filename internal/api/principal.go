package api

import (
	"errors"
	"net/http"
	"slices"

	"tournant/internal/chef"
	"tournant/internal/store"
)

func (s *Server) principalRoutes() {
	// The wildcard is not {org}: an organization that is missing is reported
	// in a form of its own.
	s.route("/organizations/{organization}/principals/{name}", resource{"GET": unsigned(getPrincipal)})
}

// principal is an actor as strangers see it, who encrypt for it.
type principal struct {
	Name      string          `json:"name"`
	PublicKey *string         `json:"public_key"`
	Type      chef.ObjectType `json:"type"`
	AuthzID   string          `json:"authz_id"`
	Member    bool            `json:"org_member"`
}

// noPrincipal reports what is missing: "org" or "principal".
func noPrincipal(what, name string) (*response, error) {
	return answer(http.StatusNotFound, "", struct {
		NotFound string `json:"not_found"`
		Error    string `json:"error"`
	}{what, "Cannot find " + what + " " + name})
}

func getPrincipal(rq *request) (*response, error) {
	name := rq.PathValue("name")
	org, _, err := rq.Store.Org(rq.Context(), rq.PathValue("organization"))
	if errors.Is(err, store.ErrNotFound) {
		return noPrincipal("org", rq.PathValue("organization"))
	}
	if err != nil {
		return nil, err
	}
	found, err := rq.Store.Identities(rq.Context(), org.ID, name)
	if err != nil {
		return nil, err
	}
	if rq.inAPIVersion0() {
		return onePrincipal(found, name)
	}
	list := rq.principals(found)
	if len(list) == 0 {
		return noPrincipal("principal", name)
	}
	return ok(struct {
		Principals []principal `json:"principals"`
	}{list})
}

// onePrincipal answers as API version 0 does: the client before the user, with
// its default key.
func onePrincipal(found []store.Identity, name string) (*response, error) {
	if len(found) == 0 {
		return noPrincipal("principal", name)
	}
	id := found[len(found)-1] // users come first
	p := principalOf(id)
	i := slices.IndexFunc(id.Keys, func(k store.Key) bool { return k.Name == store.DefaultKey })
	if i >= 0 {
		shown := chef.ShownKey(id.Keys[i].PublicKey)
		p.PublicKey = &shown
	}
	return ok(p)
}

func principalOf(id store.Identity) principal {
	return principal{Name: id.Actor.Name, Type: id.Actor.Type, AuthzID: id.Actor.AuthzID, Member: id.Member}
}

// principals lists every key that is valid now.
func (rq *request) principals(found []store.Identity) []principal {
	var list []principal
	for _, id := range found {
		for _, key := range id.Keys {
			if key.Expired(rq.Now()) {
				continue
			}
			p, shown := principalOf(id), chef.ShownKey(key.PublicKey)
			p.PublicKey = &shown
			list = append(list, p)
		}
	}
	return list
}
