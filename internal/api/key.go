package api

import (
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/store"
)

// keyring is where the keys of one kind of actor lie.
type keyring struct {
	owner func(*request) (*store.Actor, error)
	read  func(*request, *store.Actor) error // may the requestor see the keys
	url   func(rq *request, owner string, key ...string) string
}

var (
	userKeys = keyring{
		owner: (*request).user,
		read:  func(rq *request, a *store.Actor) error { return rq.require(a.ACL, authz.Read) },
		url: func(rq *request, owner string, key ...string) string {
			return rq.globalURL(append([]string{"users", owner, "keys"}, key...)...)
		},
	}
	orgUserKeys = keyring{owner: (*request).user, read: mayReadKeys, url: orgKeyURL("users")}
	clientKeys  = keyring{owner: (*request).client, read: mayReadKeys, url: orgKeyURL("clients")}
)

func orgKeyURL(kind string) func(*request, string, ...string) string {
	return func(rq *request, owner string, key ...string) string {
		return rq.url(append([]string{kind, owner, "keys"}, key...)...)
	}
}

func (s *Server) keyRoutes() {
	parse := func(rq *request) (*chef.Key, error) { return rq.actorAPI().ParseKey(rq.body) }
	parseUpdate := func(rq *request) (*chef.Key, error) { return rq.actorAPI().ParseKeyUpdate(rq.body) }
	for path, ring := range map[string]keyring{
		"/users/{name}/keys":                       userKeys,
		"/organizations/{org}/clients/{name}/keys": clientKeys,
	} {
		s.route(path, resource{"GET": do(ring.list), "POST": take(parse, ring.create)})
		s.route(path+"/{key}", resource{
			"GET": do(ring.get), "PUT": take(parseUpdate, ring.update), "DELETE": do(ring.delete),
		})
	}
	s.orgRoute("/users/{name}/keys", resource{"GET": do(orgUserKeys.list)})
	s.orgRoute("/users/{name}/keys/{key}", resource{"GET": do(orgUserKeys.get)})
}

// mayReadKeys requires the requestor to be in the organization's group for it.
func mayReadKeys(rq *request, _ *store.Actor) error {
	group, err := rq.Store.Object(rq.Context(), groups.ref(rq, authz.PublicKeyReadAccess))
	if err != nil {
		return orMissing(err, chef.Errorf(chef.Forbidden, "Could not find group %s needed for authentication "+
			"for readaccess on this endpoint.", authz.PublicKeyReadAccess))
	}
	if rq.who.subject.In(group.ID) {
		return nil
	}
	return chef.Errorf(chef.Forbidden, "Requestor not found to be a member of group %s which is necessary "+
		"for read access for this request.", authz.PublicKeyReadAccess)
}

func (k keyring) list(rq *request) (*response, error) {
	a, err := k.owner(rq)
	if err != nil {
		return nil, err
	}
	if err := k.read(rq, a); err != nil {
		return nil, err
	}
	keys, err := rq.Store.Keys(rq.Context(), a.ID)
	if err != nil {
		return nil, err
	}
	type entry struct {
		URI     string `json:"uri"`
		Name    string `json:"name"`
		Expired bool   `json:"expired"`
	}
	list := make([]entry, len(keys))
	for i, key := range keys {
		list[i] = entry{URI: k.url(rq, a.Name, key.Name), Name: key.Name, Expired: key.Expired(rq.Now())}
	}
	return ok(list)
}

func keyExists(name string) error {
	return chef.Plainf(chef.Conflict, "a key with the name '%s' already exists for this actor.", name)
}

func missingKey(owner, name string) error {
	return chef.Plainf(chef.NotFound, "There is no key named %s associated with %s.", name, owner)
}

func (k keyring) create(rq *request, key *chef.Key) (*response, error) {
	a, err := k.owner(rq)
	if err != nil {
		return nil, err
	}
	if err := rq.require(a.ACL, authz.Update); err != nil {
		return nil, err
	}
	pair, err := rq.pair(key.Wish)
	if err != nil {
		return nil, err
	}
	err = rq.Store.Write(rq.Context(), func(tx *store.Tx) error {
		return tx.AddKey(rq.Context(), a, store.Key{Name: key.Name, PublicKey: pair.public, Expires: key.Expires.At})
	})
	if err != nil {
		return nil, orExists(orMissing(err, missingKey(a.Name, key.Name)), keyExists(key.Name))
	}
	uri := k.url(rq, a.Name, key.Name)
	return created(uri, struct {
		URI        string `json:"uri"`
		PrivateKey string `json:"private_key,omitempty"`
	}{uri, pair.private})
}

// find returns the key that the path names and its owner, after refusing to
// change the key that signed this very request.
func (k keyring) find(rq *request) (*store.Actor, store.Key, error) {
	a, err := k.owner(rq)
	if err != nil {
		return nil, store.Key{}, err
	}
	name := rq.PathValue("key")
	if rq.Method != http.MethodGet && rq.who.is(a) && rq.who.key == name {
		return nil, store.Key{}, chef.Plainf(chef.Forbidden,
			"The key '%s' was used to authenticate this request and cannot be modified or deleted.", name)
	}
	key, err := rq.Store.Key(rq.Context(), a.ID, name)
	return a, key, orMissing(err, missingKey(a.Name, name))
}

func showKey(key store.Key) (*response, error) {
	return ok(keyJSON{Name: key.Name, PublicKey: key.PublicKey, Expiration: chef.FormatExpiry(key.Expires)})
}

func (k keyring) get(rq *request) (*response, error) {
	a, key, err := k.find(rq)
	if err != nil {
		return nil, err
	}
	if err := k.read(rq, a); err != nil {
		return nil, err
	}
	return showKey(key)
}

func (k keyring) update(rq *request, change *chef.Key) (*response, error) {
	a, key, err := k.find(rq)
	if err != nil {
		return nil, err
	}
	if err := rq.require(a.ACL, authz.Update); err != nil {
		return nil, err
	}
	pair, err := rq.pair(change.Wish)
	if err != nil {
		return nil, err
	}
	next := changedKey(key, change, pair)
	err = rq.Store.Write(rq.Context(), func(tx *store.Tx) error {
		return tx.ChangeKey(rq.Context(), a, key.Name, func(now store.Key) store.Key { return changedKey(now, change, pair) })
	})
	if err != nil {
		return nil, orExists(orMissing(err, missingKey(a.Name, key.Name)), keyExists(next.Name))
	}
	echo := change.Echo(pair.public, pair.private)
	if next.Name != key.Name {
		return raw(http.StatusCreated, k.url(rq, a.Name, next.Name), echo)
	}
	return raw(http.StatusOK, "", echo)
}

// changedKey is a key with what a body changes; what it leaves out stays.
func changedKey(key store.Key, change *chef.Key, pair keyPair) store.Key {
	if change.Name != "" {
		key.Name = change.Name
	}
	if pair.public != "" {
		key.PublicKey = pair.public
	}
	if change.Expires.Set {
		key.Expires = change.Expires.At
	}
	return key
}

func (k keyring) delete(rq *request) (*response, error) {
	a, key, err := k.find(rq)
	if err != nil {
		return nil, err
	}
	if err := rq.require(a.ACL, authz.Update); err != nil {
		return nil, err
	}
	err = rq.Store.Write(rq.Context(), func(tx *store.Tx) error { return tx.DeleteKey(rq.Context(), a, key.Name) })
	if err != nil {
		return nil, orMissing(err, missingKey(a.Name, key.Name))
	}
	return showKey(key)
}
