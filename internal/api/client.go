package api

import (
	"errors"
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

func (s *Server) clientRoutes() {
	s.orgRoute("/clients", resource{
		"GET": do(listClients),
		"POST": take(func(rq *request) (*chef.Client, error) { return rq.actorAPI().ParseClient(rq.body) },
			createClient),
	})
	s.orgRoute("/clients/{name}", resource{
		"GET":    do(getClient),
		"PUT":    take(parseClientUpdate, updateClient),
		"DELETE": do(deleteClient),
	})
}

func missingClient(name string) error {
	return chef.Errorf(chef.NotFound, "Cannot load client %s", name)
}

func clientExists() error { return chef.Errorf(chef.Conflict, "Client already exists") }

// client returns the client that the path names.
func (rq *request) client() (*store.Actor, error) {
	name := rq.PathValue("name")
	a, err := rq.Store.Client(rq.Context(), rq.org.ID, name)
	return a, orMissing(err, missingClient(name))
}

func (rq *request) permittedClient(perm authz.Perm) (*store.Actor, error) {
	a, err := rq.client()
	if err != nil {
		return nil, err
	}
	return a, rq.require(a.ACL, perm)
}

func listClients(rq *request) (*response, error) {
	if _, err := rq.container("clients", authz.Read); err != nil {
		return nil, err
	}
	names, err := rq.Store.ActorNames(rq.Context(), rq.org.ID)
	if err != nil {
		return nil, err
	}
	return rq.urlMap(names, "clients")
}

// clientAnswer is the answer to the creation of a client.
type clientAnswer struct {
	URI        string   `json:"uri"`
	PublicKey  string   `json:"public_key,omitempty"`  // API version 0
	PrivateKey string   `json:"private_key,omitempty"` // API version 0
	Key        *keyJSON `json:"chef_key,omitempty"`    // later versions
}

func createClient(rq *request, c *chef.Client) (*response, error) {
	acl, err := rq.newClientACL(c)
	if err != nil {
		return nil, err
	}
	pair, err := rq.birthPair(c.Key)
	if err != nil {
		return nil, err
	}
	err = rq.Store.CreateClient(rq.Context(), store.NewActor{
		Org: rq.org.ID, Type: chef.TypeClient, Name: c.Name, Validator: c.Validator, ACL: acl,
		SelfOwned: !c.Validator, // a validator's key lies on every new machine: it must not change itself
	}, pair.asDefault())
	if err != nil {
		return nil, orExists(err, clientExists())
	}
	answer := clientAnswer{URI: rq.url("clients", c.Name)}
	if rq.inAPIVersion0() {
		answer.PublicKey, answer.PrivateKey = pair.public, pair.private
	} else {
		answer.Key = pair.birthKey(answer.URI)
	}
	return created(answer.URI, answer)
}

// newClientACL checks that the requestor may make a client and returns the
// client's ACL. A validator makes clients whatever the container says, but no
// validators, and is not among their owners.
func (rq *request) newClientACL(c *chef.Client) (authz.ACL, error) {
	if !rq.who.actor.Validator {
		return rq.inherit("clients")
	}
	if c.Validator {
		return authz.ACL{}, missing(authz.Create)
	}
	container, err := rq.identities.Container(rq.Context(), rq.org.ID, rq.heads, "clients")
	if err != nil {
		return authz.ACL{}, orMissing(err, missing(authz.Create))
	}
	return container.ACL.Inherit(0), nil
}

func (rq *request) showClient(a *store.Actor) (*response, error) {
	key, err := rq.shownKey(a)
	if err != nil {
		return nil, err
	}
	return raw(http.StatusOK, "", chef.ClientDocument(rq.org.Name, a.Name, a.Validator, key))
}

func getClient(rq *request) (*response, error) {
	a, err := rq.permittedClient(authz.Read)
	if err != nil {
		return nil, err
	}
	return rq.showClient(a)
}

// parseClientUpdate reads a change of a client. That of one that is missing is
// not looked at: it ends as not found.
func parseClientUpdate(rq *request) (*chef.Client, error) {
	a, err := rq.Store.Client(rq.Context(), rq.org.ID, rq.PathValue("name"))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return rq.actorAPI().ParseClientUpdate(rq.body, a.Name, a.Validator)
}

func updateClient(rq *request, c *chef.Client) (*response, error) {
	a, err := rq.permittedClient(authz.Update)
	if err != nil {
		return nil, err
	}
	if c == nil { // made since its body was skipped
		return nil, missingClient(a.Name)
	}
	pair, err := rq.pair(c.Key)
	if err != nil {
		return nil, err
	}
	err = rq.Store.UpdateActor(rq.Context(), a.ID, func(row *store.Actor) error {
		row.Name, row.Validator = c.Name, c.Validator
		return nil
	}, pair.asDefault())
	if err != nil {
		return nil, orExists(orMissing(err, missingClient(a.Name)), clientExists())
	}
	return rq.clientUpdated(a, c, pair)
}

func (rq *request) clientUpdated(old *store.Actor, c *chef.Client, pair keyPair) (*response, error) {
	key, err := rq.shownKey(old)
	if err != nil {
		return nil, err
	}
	public := ""
	if key != nil {
		public = *key
	}
	echo := c.Echo(rq.version, public, pair.private)
	if c.Name != old.Name {
		return raw(http.StatusCreated, rq.url("clients", c.Name), echo)
	}
	return raw(http.StatusOK, "", echo)
}

func deleteClient(rq *request) (*response, error) {
	a, err := rq.permittedClient(authz.Delete)
	if err != nil {
		return nil, err
	}
	res, err := rq.showClient(a)
	if err != nil {
		return nil, err
	}
	return res, orMissing(rq.Store.DeleteClient(rq.Context(), a), missingClient(a.Name))
}
