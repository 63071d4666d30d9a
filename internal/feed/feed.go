// Package feed is how the search index reads the store: the change log, the
// documents that it names, and everything at once for a rebuild.
package feed

import (
	"context"
	"errors"
	"fmt"

	"tournant/internal/chef"
	"tournant/internal/search"
	"tournant/internal/store"
)

// Source makes a store a search.Source.
type Source struct{ Store *store.Store }

var _ search.Source = Source{}

// Clients are actors and everything else is an object: two tables, two
// sequences of ids. The index knows one, so the lowest bit tells them apart.

// ObjectID is the index's id of a row of the object table.
func ObjectID(id int64) int64 { return id << 1 }

// ClientID is the index's id of a client.
func ClientID(id int64) int64 { return id<<1 | 1 }

// RowID is the row that an id of the index came from.
func RowID(id int64) int64 { return id >> 1 }

func indexID(typ chef.ObjectType, id int64) int64 {
	if typ == chef.TypeClient {
		return ClientID(id)
	}
	return ObjectID(id)
}

// Identity tells databases, and the restores of one, apart.
func (s Source) Identity(ctx context.Context) (search.Identity, error) {
	id, restore, err := s.Store.DatabaseID(ctx)
	return search.Identity{Database: id, Restore: restore}, err
}

// Changes returns the tail of an organization's object log. Entries of types
// that search does not know are in it too: the index passes over them.
func (s Source) Changes(ctx context.Context, org, after int64, limit int) ([]search.Change, error) {
	changes, err := s.Store.ObjectChanges(ctx, org, after, limit)
	if errors.Is(err, store.ErrGap) {
		return nil, search.ErrGap
	}
	out := make([]search.Change, len(changes))
	for i, c := range changes {
		out[i] = search.Change{
			Seq: c.Seq, Deleted: c.Deleted, ID: indexID(c.Type, c.ID),
			Ref: search.Ref{Type: string(c.Type), Bag: c.Parent, Name: c.Name},
		}
	}
	return out, err
}

// Objects returns the documents of refs as they are now.
func (s Source) Objects(ctx context.Context, org int64, refs []search.Ref) ([]search.Object, error) {
	var objects []store.Ref
	var clients []string
	for _, r := range refs {
		switch typ := chef.ObjectType(r.Type); {
		case typ == chef.TypeClient:
			clients = append(clients, r.Name)
		case typ.Searchable():
			objects = append(objects, store.Ref{Org: org, Type: typ, Parent: r.Bag, Name: r.Name})
		}
	}
	var out []search.Object
	add := func(v store.Searchable) error {
		o, err := object(v)
		out = append(out, o)
		return err
	}
	return out, s.load(ctx, org, objects, clients, add)
}

func (s Source) load(ctx context.Context, org int64, refs []store.Ref, clients []string, add func(store.Searchable) error) error {
	found, err := s.Store.ObjectsByRef(ctx, org, refs)
	if err != nil {
		return err
	}
	for _, o := range found {
		if err := add(store.Searchable{Object: o}); err != nil {
			return err
		}
	}
	rows, err := s.Store.ClientsByName(ctx, org, clients)
	if err != nil {
		return err
	}
	for _, c := range rows {
		if err := add(store.Searchable{Client: c}); err != nil {
			return err
		}
	}
	return nil
}

// Scan streams everything of an organization that search indexes.
func (s Source) Scan(ctx context.Context, org int64, fn func(search.Object) error) (int64, error) {
	head, err := s.Store.ScanSearchable(ctx, org, func(v store.Searchable) error {
		o, err := object(v)
		if err != nil {
			return err
		}
		return fn(o)
	})
	if errors.Is(err, store.ErrBrokenOff) {
		err = fmt.Errorf("%w: %w", search.ErrBrokenOff, err)
	}
	return head, err
}

func object(v store.Searchable) (search.Object, error) {
	if c := v.Client; c != nil {
		return search.Object{
			Ref: search.Ref{Type: string(chef.TypeClient), Name: c.Name}, ID: ClientID(c.ID), JSON: c.Document(true),
		}, nil
	}
	plain, err := v.Object.Document.Unpack()
	return Object(v.Object, plain), err
}

// Object is a stored object as the index takes it; plain is its document.
func Object(o *store.Object, plain []byte) search.Object {
	return search.Object{
		Ref: search.Ref{Type: string(o.Type), Bag: o.Parent, Name: o.Name}, ID: ObjectID(o.ID), JSON: plain,
	}
}

// Committed hands what was just written to an index, which follows the change
// log in any case: it saves the index a read and the next search a wait.
func Committed(index *search.Index, org int64, written []store.Written) {
	for _, w := range written {
		index.Offer(org, w.Seq, Object(&w.Object, w.Plain))
	}
	index.Nudge(org)
}
