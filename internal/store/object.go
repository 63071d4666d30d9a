package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/document"
)

// Ref names an object: by type and name, and for the items of a data bag by
// the bag, the parent.
type Ref struct {
	Org    int64
	Type   chef.ObjectType
	Parent string
	Name   string
}

// Object is a row of the object table: anything of an organization that has a
// name. Document is empty for types that are only a name (data bags,
// containers, groups, cookbooks, policies).
type Object struct {
	Ref
	ID          int64
	GUID        string
	AuthzID     string
	Environment string
	ACL         authz.ACL
	Document    document.Packed
}

const objectColumns = "id, org_id, type, parent, name, environment, guid, authz_id, acl, doc"

func scanObject(scan func(...any) error) (*Object, error) {
	var o Object
	var acl string
	err := scan(&o.ID, &o.Org, &o.Type, &o.Parent, &o.Name, &o.Environment, &o.GUID, &o.AuthzID, &acl, (*[]byte)(&o.Document))
	if err != nil {
		return nil, err
	}
	o.ACL, err = authz.DecodeACL(acl)
	return &o, err
}

// Object returns the object at ref, or ErrNotFound.
func (s *Store) Object(ctx context.Context, ref Ref) (*Object, error) {
	return scanObject(func(dest ...any) error {
		return s.queryRow(ctx, "SELECT "+objectColumns+
			" FROM object WHERE org_id = ? AND type = ? AND parent = ? AND name = ?",
			[]any{ref.Org, ref.Type, ref.Parent, ref.Name}, dest...)
	})
}

// Object is Store.Object within the transaction, to whose end the object stays
// as it is.
func (tx *Tx) Object(ctx context.Context, ref Ref) (*Object, error) {
	return scanObject(func(dest ...any) error {
		return tx.queryRow(ctx, "SELECT "+objectColumns+
			" FROM object WHERE org_id = ? AND type = ? AND parent = ? AND name = ?"+locked,
			[]any{ref.Org, ref.Type, ref.Parent, ref.Name}, dest...)
	})
}

// Names returns the names of the objects of a type under a parent, in order.
func (s *Store) Names(ctx context.Context, org int64, typ chef.ObjectType, parent string) ([]string, error) {
	rows := s.query(ctx, "SELECT name FROM object WHERE org_id = ? AND type = ? AND parent = ? ORDER BY name", org, typ, parent)
	return collect(rows, scanString)
}

// NodeNamesIn returns the names of an environment's nodes, in order.
func (s *Store) NodeNamesIn(ctx context.Context, org int64, environment string) ([]string, error) {
	rows := s.query(ctx, "SELECT name FROM object WHERE org_id = ? AND environment = ? AND environment <> '' AND type = 'node' ORDER BY name", org, environment)
	return collect(rows, scanString)
}

func scanString(rows *sql.Rows) (string, error) {
	var s string
	err := rows.Scan(&s)
	return s, err
}

// NewObject is what Create takes.
type NewObject struct {
	Ref
	Environment string
	ACL         authz.ACL
	Plain       []byte // the document; nil for types that have none
}

// Create adds an object. A taken name is ErrExists.
func (s *Store) Create(ctx context.Context, o NewObject) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.Create(ctx, o)
		return err
	})
}

// Create adds an object and returns its id. A taken name is ErrExists.
func (tx *Tx) Create(ctx context.Context, o NewObject) (int64, error) {
	row := Object{Ref: o.Ref, Environment: o.Environment, ACL: o.ACL, AuthzID: newID(), GUID: newID()}
	if o.Plain != nil {
		row.Document = document.Pack(o.Plain)
	}
	id, err := tx.insert(ctx, `
		INSERT INTO object (org_id, type, parent, name, environment, guid, authz_id, acl, doc, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		o.Org, o.Type, o.Parent, o.Name, o.Environment, row.GUID, row.AuthzID, o.ACL.Encode(), row.Document,
		tx.now.Unix(), tx.now.Unix())
	if err != nil {
		return 0, err
	}
	row.ID = id
	tx.noteObject(&row, o.Plain, false)
	return id, nil
}

// CreateItem adds an item to a data bag. A bag that is gone is ErrNotFound, a
// taken id ErrExists.
func (s *Store) CreateItem(ctx context.Context, bag *Object, id string, plain []byte) error {
	return s.Write(ctx, func(tx *Tx) error {
		if _, err := tx.Object(ctx, bag.Ref); err != nil {
			return err
		}
		_, err := tx.Create(ctx, NewObject{
			Ref:   Ref{Org: bag.Org, Type: chef.TypeDataBagItem, Parent: bag.Name, Name: id},
			Plain: plain,
		})
		return err
	})
}

// Update replaces the document of the object with this id and name, renaming
// it when name differs from o's, and returns it as stored. It writes nothing
// when nothing differs. An object that is gone, or is called otherwise by now,
// is ErrNotFound, a taken name ErrExists.
func (s *Store) Update(ctx context.Context, o *Object, name, environment string, plain []byte) (document.Packed, error) {
	packed := document.Pack(plain)
	if name == o.Name && environment == o.Environment && bytes.Equal(packed, o.Document) {
		return packed, nil
	}
	return packed, s.Write(ctx, func(tx *Tx) error {
		err := changed(tx.exec(ctx, "UPDATE object SET name = ?, environment = ?, doc = ?, updated_at = ? WHERE id = ? AND name = ?",
			name, environment, packed, tx.now.Unix(), o.ID, o.Name))
		if err != nil {
			return err
		}
		if name != o.Name {
			tx.noteObject(o, nil, true)
		}
		now := *o
		now.Name, now.Environment, now.Document = name, environment, packed
		tx.noteObject(&now, plain, false)
		return nil
	})
}

// Delete removes an object and, for a data bag, its items. An object that is
// gone, or is called otherwise by now, is ErrNotFound.
func (s *Store) Delete(ctx context.Context, o *Object) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.Delete(ctx, o) })
}

// Delete is Store.Delete within the transaction.
func (tx *Tx) Delete(ctx context.Context, o *Object) error {
	if err := changed(tx.exec(ctx, "DELETE FROM object WHERE id = ? AND name = ?", o.ID, o.Name)); err != nil {
		return err
	}
	if o.Type == chef.TypeDataBag {
		if err := tx.deleteItems(ctx, o); err != nil {
			return err
		}
	}
	tx.noteObject(o, nil, true)
	return nil
}

func (tx *Tx) deleteItems(ctx context.Context, bag *Object) error {
	rows := tx.query(ctx, "DELETE FROM object WHERE org_id = ? AND type = ? AND parent = ? RETURNING id, name",
		bag.Org, chef.TypeDataBagItem, bag.Name)
	items, err := collect(rows, func(rows *sql.Rows) (*Object, error) {
		item := &Object{Ref: Ref{Org: bag.Org, Type: chef.TypeDataBagItem, Parent: bag.Name}}
		return item, rows.Scan(&item.ID, &item.Name)
	})
	for _, item := range items {
		tx.noteObject(item, nil, true)
	}
	return err
}

// noteObject records a change of an object in the object log, and of those
// that authorization caches in the other log too.
func (tx *Tx) noteObject(o *Object, plain []byte, deleted bool) {
	c := change{
		org: o.Org, kind: objectHead, typ: string(o.Type), parent: o.Parent, name: o.Name,
		id: o.ID, deleted: deleted,
	}
	if plain != nil {
		kept := *o
		c.object, c.plain = &kept, plain
	}
	tx.note(c)
	if o.Type == chef.TypeGroup || o.Type == chef.TypeContainer {
		tx.noteAuthz(o.Org, string(o.Type), o.Name)
	}
}

// Documents returns the stored documents with these ids; those that are gone
// are absent. One statement serves any number.
func (s *Store) Documents(ctx context.Context, ids []int64) (map[int64]*Object, error) {
	objects, err := collect(s.query(ctx, "SELECT "+objectColumns+" FROM object WHERE id IN (?ids)", idList(ids)), func(rows *sql.Rows) (*Object, error) { return scanObject(rows.Scan) })
	if err != nil {
		return nil, err
	}
	out := make(map[int64]*Object, len(objects))
	for _, o := range objects {
		out[o.ID] = o
	}
	return out, nil
}

// idList renders ids as a JSON array, the form in which a statement takes a
// list of any length as one parameter.
func idList(ids []int64) string {
	buf := []byte{'['}
	for i, id := range ids {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = fmt.Appendf(buf, "%d", id)
	}
	return string(append(buf, ']'))
}
