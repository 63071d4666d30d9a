package catalog

import (
	"context"
	"sync"

	"tournant/internal/store"
)

// Cache holds the catalogs of the organizations that were asked for last.
type Cache struct {
	store *store.Store
	limit int // in versions

	mu   sync.Mutex
	orgs map[int64]*org
	tick int64
	held int
}

// org is an organization's entry. Its used and size belong to the Cache's lock.
type org struct {
	used int64
	size int

	mu      sync.Mutex
	heads   store.Heads
	current *Catalog // nil until it is first read
}

// maxVersions bounds what a Cache holds: about a kilobyte each.
const maxVersions = 100_000

// NewCache returns an empty cache over a store.
func NewCache(s *store.Store) *Cache {
	return &Cache{store: s, limit: maxVersions, orgs: map[int64]*org{}}
}

// At returns the catalog of an organization as of heads or later.
func (c *Cache) At(ctx context.Context, id int64, h store.Heads) (*Catalog, error) {
	o := c.entry(id)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.current != nil && o.heads.Object >= h.Object && o.heads.Authz >= h.Authz {
		return o.current, nil
	}
	next, err := c.advance(ctx, id, o, h)
	if err != nil {
		return nil, err
	}
	// Of two requests the one that came with older heads may be second.
	o.heads.Object, o.heads.Authz = max(o.heads.Object, h.Object), max(o.heads.Authz, h.Authz)
	if next != o.current {
		o.current = next
		c.account(id, o, next.size())
	}
	return next, nil
}

// advance returns the catalog brought up to heads. What it reads may be newer
// than heads: then the log says so again later, and reading it again does no
// harm.
func (c *Cache) advance(ctx context.Context, id int64, o *org, h store.Heads) (*Catalog, error) {
	if o.current != nil {
		names, ok, err := c.store.CookbookChanges(ctx, id, o.heads, h)
		if err != nil {
			return nil, err
		}
		if ok && len(names) == 0 {
			return o.current, nil
		}
		if ok {
			rows, err := c.store.CookbooksNamed(ctx, id, names)
			if err != nil {
				return nil, err
			}
			return o.current.with(names, rows)
		}
	}
	rows, err := c.store.Cookbooks(ctx, id)
	if err != nil {
		return nil, err
	}
	return newCatalog(rows)
}

func (c *Cache) entry(id int64) *org {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.orgs[id]
	if o == nil {
		o = &org{}
		c.orgs[id] = o
	}
	c.tick++
	o.used = c.tick
	return o
}

// entryCost is counted for each organization beside its versions.
const entryCost = 4

// account notes how much an entry holds and drops the entries that were used
// longest ago while all hold too much.
func (c *Cache) account(id int64, o *org, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.orgs[id] != o {
		return // dropped while it was read: nobody finds it again
	}
	c.held += size + entryCost - o.size
	o.size = size + entryCost
	for c.held > c.limit && len(c.orgs) > 1 {
		c.dropOldest()
	}
}

func (c *Cache) dropOldest() {
	var oldest int64
	var last *org
	for id, o := range c.orgs {
		if last == nil || o.used < last.used {
			oldest, last = id, o
		}
	}
	delete(c.orgs, oldest)
	c.held -= last.size
	last.size = 0
}
