// Package identity answers who asks: it turns the name in a request into the
// actors that may have signed it, with their keys and groups, and caches them
// behind the change log. A request that starts after a change was acknowledged
// never sees what was before it: the caller reads the heads first and the
// cache applies the tail of the log up to them.
package identity

import (
	"context"
	"crypto/rsa"
	"sync"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/metrics"
	"tournant/internal/signing"
	"tournant/internal/store"
)

// Candidate is an actor that a request's name may mean.
type Candidate struct {
	Actor   *store.Actor
	Keys    []Key
	Subject authz.Subject
	Member  bool // of the organization that the request is for
}

// Key is a public key of a candidate, parsed. Public is nil when the stored
// text is no RSA key: it matches nothing.
type Key struct {
	store.Key
	Public *rsa.PublicKey
}

// Cache holds candidates and container ACLs by organization.
type Cache struct {
	Lookups metrics.Lookups // of candidates

	store *store.Store

	mu   sync.Mutex
	orgs map[int64]*org
}

// limit bounds the entries of one organization; past it the organization
// starts anew. A miss costs three short queries.
const limit = 10_000

type org struct {
	mu         sync.RWMutex
	heads      store.Heads
	actors     map[string][]Candidate
	containers map[string]*store.Object
}

// New returns an empty cache over a store.
func New(s *store.Store) *Cache {
	return &Cache{store: s, orgs: map[int64]*org{}}
}

// Candidates returns the actors that can sign as name in an organization,
// users first, as of heads or later.
func (c *Cache) Candidates(ctx context.Context, id int64, h store.Heads, name string) ([]Candidate, error) {
	o, err := c.at(ctx, id, h)
	if err != nil {
		return nil, err
	}
	o.mu.RLock()
	found, ok := o.actors[name]
	o.mu.RUnlock()
	c.Lookups.Count(ok, 1)
	if ok {
		return found, nil
	}
	found, err = c.load(ctx, id, name)
	if err != nil || len(found) == 0 {
		return nil, err // unknown names are not kept: anyone can send any
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.isAt(h) {
		if len(o.actors) >= limit {
			clear(o.actors)
		}
		o.actors[name] = found
	}
	return found, nil
}

func (c *Cache) load(ctx context.Context, id int64, name string) ([]Candidate, error) {
	rows, err := c.store.Identities(ctx, id, name)
	if err != nil {
		return nil, err
	}
	out := make([]Candidate, len(rows))
	for i, row := range rows {
		out[i] = Candidate{
			Actor:   row.Actor,
			Member:  row.Member,
			Subject: authz.Subject{Actor: row.Actor.ID, Groups: row.Groups},
		}
		for _, key := range row.Keys {
			public, err := signing.ParsePublicKey([]byte(key.PublicKey))
			if err != nil {
				public = nil
			}
			out[i].Keys = append(out[i].Keys, Key{Key: key, Public: public})
		}
	}
	return out, nil
}

// Container returns a container of an organization as of heads or later, or
// store.ErrNotFound.
func (c *Cache) Container(ctx context.Context, id int64, h store.Heads, name string) (*store.Object, error) {
	o, err := c.at(ctx, id, h)
	if err != nil {
		return nil, err
	}
	o.mu.RLock()
	found, ok := o.containers[name]
	o.mu.RUnlock()
	if ok {
		return found, nil
	}
	found, err = c.store.Object(ctx, store.Ref{Org: id, Type: chef.TypeContainer, Name: name})
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.isAt(h) {
		o.containers[name] = found
	}
	return found, nil
}

// at returns the organization's entries, brought up to heads.
func (c *Cache) at(ctx context.Context, id int64, h store.Heads) (*org, error) {
	c.mu.Lock()
	o := c.orgs[id]
	if o == nil {
		o = &org{}
		o.reset(h)
		c.orgs[id] = o
	}
	c.mu.Unlock()

	o.mu.RLock()
	current := !o.behind(h)
	o.mu.RUnlock()
	if current {
		return o, nil
	}
	return o, c.advance(ctx, id, o, h)
}

func (o *org) behind(h store.Heads) bool { return o.heads.Authz < h.Authz || o.heads.Server < h.Server }

// isAt reports whether what was read after h was read still may be kept: had a
// change been applied since, it might be older than that change.
func (o *org) isAt(h store.Heads) bool { return o.heads.Authz == h.Authz && o.heads.Server == h.Server }

func (o *org) reset(h store.Heads) {
	o.heads = h
	o.actors = map[string][]Candidate{}
	o.containers = map[string]*store.Object{}
}

// advance applies the tails of the organization's log and the server's.
func (c *Cache) advance(ctx context.Context, id int64, o *org, h store.Heads) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.behind(h) {
		return nil
	}
	own, ok, err := c.store.AuthzChanges(ctx, id, o.heads.Authz, h.Authz)
	if err != nil {
		return err
	}
	server, serverOK, err := c.store.AuthzChanges(ctx, store.Server, o.heads.Server, h.Server)
	if err != nil {
		return err
	}
	if !ok || !serverOK {
		o.reset(h)
		return nil
	}
	for _, change := range append(own, server...) {
		o.forget(change)
	}
	o.heads.Authz = max(o.heads.Authz, h.Authz)
	o.heads.Server = max(o.heads.Server, h.Server)
	return nil
}

func (o *org) forget(change store.AuthzChange) {
	switch change.Type {
	case chef.TypeUser, chef.TypeClient:
		delete(o.actors, change.Name)
	case chef.TypeGroup:
		clear(o.actors) // whose transitive groups these were is not known
	case chef.TypeContainer:
		delete(o.containers, change.Name)
	}
}
