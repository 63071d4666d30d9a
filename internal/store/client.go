package store

import (
	"context"
	"database/sql"
	"errors"

	"tournant/internal/authz"
	"tournant/internal/chef"
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

// UpdateActor writes an actor over its row and, if k has one, a key in place
// of the one of the same name; old is the name that the actor had. One that is
// gone is ErrNotFound, a taken name or address ErrExists.
func (s *Store) UpdateActor(ctx context.Context, a *Actor, old string, k Key) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.SaveActor(ctx, a, old); err != nil || k.PublicKey == "" {
			return err
		}
		return tx.PutKey(ctx, a, k)
	})
}

// DeleteClient removes a client with its keys and memberships. One that is
// gone is ErrNotFound.
func (s *Store) DeleteClient(ctx context.Context, client *Actor) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.DeleteActor(ctx, client) })
}

// ClientDocument is a client as search indexes it.
type ClientDocument struct {
	ID       int64
	Name     string
	Document []byte
}

const clientDocumentQuery = `
	SELECT a.id, a.name, a.validator, coalesce(k.public_key, ''), o.name
	FROM actor a JOIN org o ON o.id = a.org_id
	LEFT JOIN actor_key k ON k.actor_id = a.id AND k.name = '` + DefaultKey + `'
	WHERE a.org_id = ? AND a.type = 'client'`

// ClientDocuments returns the documents of the named clients of an
// organization; those that are gone are absent. One statement serves any
// number.
func (s *Store) ClientDocuments(ctx context.Context, org int64, names []string) ([]ClientDocument, error) {
	list, err := nameList(names)
	if err != nil {
		return nil, err
	}
	return s.clientDocuments(ctx, clientDocumentQuery+" AND a.name IN (SELECT value FROM json_each(?)) ORDER BY a.id", org, list)
}

// AllClientDocuments returns the documents of all clients of an organization.
func (s *Store) AllClientDocuments(ctx context.Context, org int64) ([]ClientDocument, error) {
	return s.clientDocuments(ctx, clientDocumentQuery+" ORDER BY a.id", org)
}

func (s *Store) clientDocuments(ctx context.Context, query string, args ...any) ([]ClientDocument, error) {
	rows, err := s.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(rows *sql.Rows) (d ClientDocument, err error) {
		var validator bool
		var key, org string
		if err := rows.Scan(&d.ID, &d.Name, &validator, &key, &org); err != nil {
			return d, err
		}
		d.Document = chef.ClientDocument(org, d.Name, validator, &key)
		return d, nil
	})
}
