package store

import (
	"context"
	"errors"

	"tournant/internal/authz"
)

// CreateClient adds a client to an organization and to the organization's
// group of clients, with a first key if k has one. A taken name is ErrExists.
func (s *Store) CreateClient(ctx context.Context, n NewActor, k Key) error {
	return s.Write(ctx, func(tx *Tx) error {
		id, err := tx.createWithKey(ctx, n, k)
		if err != nil {
			return err
		}
		group, err := tx.GroupID(ctx, n.Org, authz.Clients)
		if errors.Is(err, ErrNotFound) { // the group can be deleted
			return nil
		}
		if err != nil {
			return err
		}
		return tx.AddMember(ctx, group, id)
	})
}

// CreateUser adds a user, with a first key if k has one. A taken name or
// address is ErrExists.
func (s *Store) CreateUser(ctx context.Context, n NewActor, k Key) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.createWithKey(ctx, n, k)
		return err
	})
}

func (tx *Tx) createWithKey(ctx context.Context, n NewActor, k Key) (int64, error) {
	id, err := tx.CreateActor(ctx, n)
	if err != nil || k.PublicKey == "" {
		return id, err
	}
	return id, tx.insertKey(ctx, id, k)
}

// UpdateActor lets change loose on the actor with this id as it is now and, if
// k has one, puts a key in place of the one of the same name. An actor that is
// gone is ErrNotFound, a taken name or address ErrExists.
func (s *Store) UpdateActor(ctx context.Context, id int64, change func(*Actor) error, k Key) error {
	return s.Write(ctx, func(tx *Tx) error {
		a, err := tx.actorByID(ctx, id)
		if err != nil {
			return err
		}
		old := a.Name
		if err := change(a); err != nil {
			return err
		}
		if err := tx.SaveActor(ctx, a, old); err != nil || k.PublicKey == "" {
			return err
		}
		return tx.PutKey(ctx, a, k)
	})
}

// actorByID returns an actor, which stays as it is until the transaction ends.
func (tx *Tx) actorByID(ctx context.Context, id int64) (*Actor, error) {
	return scanActor(func(dest ...any) error {
		return tx.queryRow(ctx, "SELECT "+actorColumns+" FROM actor a WHERE id = ?"+locked, []any{id}, dest...)
	})
}

// DeleteClient removes a client with its keys and memberships. One that is
// gone is ErrNotFound.
func (s *Store) DeleteClient(ctx context.Context, client *Actor) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.DeleteActor(ctx, client) })
}
