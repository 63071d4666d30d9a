// Package listing answers "what is there": the names of an organization's
// objects of one type as the {name: url} document that the API serves, kept
// compressed and brought up to date from the change log.
package listing

import (
	"context"
	"errors"
	"slices"
	"sync"

	"tournant/internal/chef"
	"tournant/internal/document"
	"tournant/internal/metrics"
	"tournant/internal/store"
)

// Cache holds lists. A list is never older than the head that its caller read.
type Cache struct {
	Lookups metrics.Lookups

	store *store.Store

	mu    sync.Mutex
	lists map[key]*list
}

type key struct {
	org int64
	typ chef.ObjectType
}

// list is one list. Its mutex is held while it catches up: those who wait for
// the same list would do the same work.
type list struct {
	mu     sync.Mutex
	loaded bool
	seq    int64 // of the object log, which names reflects
	names  []string
	served map[string]document.Packed // by the URLs' prefix
}

const (
	// maxLists bounds the lists that are held.
	maxLists = 1000
	// maxPrefixes bounds how many addresses a server is known to be called by.
	maxPrefixes = 8
	// reload is how far a list may be behind before reading it anew is cheaper
	// than following the log.
	reload = 2000
)

// New returns an empty cache over a store.
func New(s *store.Store) *Cache { return &Cache{store: s, lists: map[key]*list{}} }

// Document returns the list of an organization's objects of a type as of head
// or later. prefix goes before each name in its URL.
func (c *Cache) Document(ctx context.Context, org, head int64, typ chef.ObjectType, prefix string) (document.Packed, error) {
	l := c.list(key{org, typ})
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.catchUp(ctx, c.store, key{org, typ}, head); err != nil {
		return nil, err
	}
	packed, ok := l.served[prefix]
	c.Lookups.Count(ok, 1)
	if ok {
		return packed, nil
	}
	if len(l.served) >= maxPrefixes {
		clear(l.served)
	}
	packed = document.Pack(Render(l.names, prefix))
	l.served[prefix] = packed
	return packed, nil
}

func (c *Cache) list(k key) *list {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lists[k]
	if l == nil {
		if len(c.lists) >= maxLists {
			clear(c.lists)
		}
		l = &list{served: map[string]document.Packed{}}
		c.lists[k] = l
	}
	return l
}

func (l *list) catchUp(ctx context.Context, s *store.Store, k key, head int64) error {
	if l.loaded && l.seq >= head {
		return nil
	}
	if !l.loaded || head-l.seq > reload {
		return l.load(ctx, s, k, head)
	}
	changes, err := s.ObjectChanges(ctx, k.org, l.seq, 2*reload)
	if errors.Is(err, store.ErrGap) {
		return l.load(ctx, s, k, head)
	}
	if err != nil {
		return err
	}
	for _, change := range changes {
		if change.Type == k.typ {
			l.apply(change)
		}
		l.seq = change.Seq
	}
	return nil
}

// load reads the names anew. They may hold changes behind head already; those
// are applied a second time when the log is followed, which changes nothing.
func (l *list) load(ctx context.Context, s *store.Store, k key, head int64) error {
	names, err := s.Names(ctx, k.org, k.typ, "")
	if err != nil {
		return err
	}
	l.loaded, l.seq, l.names = true, head, names
	clear(l.served)
	return nil
}

func (l *list) apply(change store.Change) {
	i, found := slices.BinarySearch(l.names, change.Name)
	switch {
	case found && change.Deleted:
		l.names = slices.Delete(l.names, i, i+1)
	case !found && !change.Deleted:
		l.names = slices.Insert(l.names, i, change.Name)
	default:
		return
	}
	clear(l.served)
}

// Render returns {name: prefix+name} as JSON. Names are URL-safe: their
// alphabets need no escape.
func Render(names []string, prefix string) []byte {
	body := make([]byte, 0, 2+len(names)*(len(prefix)+40))
	body = append(body, '{')
	for i, name := range names {
		if i > 0 {
			body = append(body, ',')
		}
		body = chef.AppendQuoted(body, name)
		body = append(body, ':', '"')
		body = append(body, prefix...)
		body = append(body, name...)
		body = append(body, '"')
	}
	return append(body, '}')
}
