package store

import (
	"context"

	"tournant/internal/authz"
)

// ACLChange makes a new ACL of the current one. It runs within the
// transaction: two requests that change two ACEs of one entity must not undo
// each other.
type ACLChange func(authz.ACL) (authz.ACL, error)

// ChangeObjectACL changes the ACL of an object. One that is gone is
// ErrNotFound; an error from change is returned as it is.
func (s *Store) ChangeObjectACL(ctx context.Context, o *Object, change ACLChange) error {
	return s.Write(ctx, func(tx *Tx) error {
		tx.noteAuthz(o.Org, string(o.Type), o.Name)
		return tx.changeACL(ctx, "object", o.ID, change)
	})
}

// ChangeActorACL is ChangeObjectACL for a user or a client.
func (s *Store) ChangeActorACL(ctx context.Context, a *Actor, change ACLChange) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.changeActorACL(ctx, a.ID, change) })
}

// ChangeOrgACL is ChangeObjectACL for an organization itself.
func (s *Store) ChangeOrgACL(ctx context.Context, org *Org, change ACLChange) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.changeACL(ctx, "org", org.ID, change) })
}

func (tx *Tx) changeActorACL(ctx context.Context, id int64, change ACLChange) error {
	if err := tx.noteCurrent(ctx, id, false); err != nil {
		return err
	}
	return tx.changeACL(ctx, "actor", id, change)
}

func (tx *Tx) changeACL(ctx context.Context, table string, id int64, change ACLChange) error {
	var text string
	if err := tx.queryRow(ctx, "SELECT acl FROM "+table+" WHERE id = ?"+locked, []any{id}, &text); err != nil {
		return err
	}
	acl, err := authz.DecodeACL(text)
	if err != nil {
		return err
	}
	if acl, err = change(acl); err != nil {
		return err
	}
	return changed(tx.exec(ctx, "UPDATE "+table+" SET acl = ? WHERE id = ?", acl.Encode(), id))
}
