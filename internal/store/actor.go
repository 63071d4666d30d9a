package store

import (
	"context"
	"database/sql"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// Actor is a user or a client: what can sign requests and be granted
// permissions.
type Actor struct {
	ID        int64
	Org       int64 // Server for users
	Type      chef.ObjectType
	Name      string
	GUID      string
	AuthzID   string
	ACL       authz.ACL
	Validator bool // clients only

	// What only users have.
	Email       sql.NullString
	ExternalUID sql.NullString
	Recovery    bool
	Password    chef.Password
	Profile     []byte // JSON object of the profile fields that are set
}

const actorColumns = `a.id, a.org_id, a.type, a.name, a.guid, a.authz_id, a.acl, a.validator, a.email,
	a.external_uid, a.recovery, a.password, a.password_salt, a.password_scheme, a.profile`

func scanActor(scan func(...any) error) (*Actor, error) {
	var a Actor
	var acl string
	err := scan(&a.ID, &a.Org, &a.Type, &a.Name, &a.GUID, &a.AuthzID, &acl, &a.Validator, &a.Email,
		&a.ExternalUID, &a.Recovery, &a.Password.Hash, &a.Password.Salt, &a.Password.Scheme, &a.Profile)
	if err != nil {
		return nil, err
	}
	a.ACL, err = authz.DecodeACL(acl)
	return &a, err
}

// Client returns an organization's client, or ErrNotFound.
func (s *Store) Client(ctx context.Context, org int64, name string) (*Actor, error) {
	return s.actor(ctx, org, chef.TypeClient, name)
}

// User returns a user, or ErrNotFound.
func (s *Store) User(ctx context.Context, name string) (*Actor, error) {
	return s.actor(ctx, Server, chef.TypeUser, name)
}

func (s *Store) actor(ctx context.Context, org int64, typ chef.ObjectType, name string) (*Actor, error) {
	return scanActor(func(dest ...any) error {
		return s.queryRow(ctx, "SELECT "+actorColumns+" FROM actor a WHERE org_id = ? AND type = ? AND name = ?",
			[]any{org, typ, name}, dest...)
	})
}

// ActorNames returns the names of an organization's clients, or of all users
// when org is Server, in order.
func (s *Store) ActorNames(ctx context.Context, org int64) ([]string, error) {
	return collect(s.query(ctx, "SELECT name FROM actor WHERE org_id = ? ORDER BY name", org), scanString)
}

// NewActor is what CreateActor takes. A user's Email, ExternalUID, Password
// and Profile are those of the Actor; nothing else of it is read.
type NewActor struct {
	Org       int64
	Type      chef.ObjectType
	Name      string
	Validator bool
	ACL       authz.ACL
	SelfOwned bool // the new actor holds every permission on itself
	User      Actor
}

// CreateActor adds a user or a client and returns its id. A taken name, or a
// user's e-mail address or external id that another has, is ErrExists.
func (tx *Tx) CreateActor(ctx context.Context, n NewActor) (int64, error) {
	profile := n.User.Profile
	if profile == nil {
		profile = []byte("{}")
	}
	id, err := tx.insert(ctx, `
		INSERT INTO actor (org_id, type, name, guid, authz_id, acl, validator, email, external_uid, recovery,
			password, password_salt, password_scheme, profile, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		n.Org, n.Type, n.Name, newID(), newID(), n.ACL.Encode(), n.Validator, n.User.Email, n.User.ExternalUID,
		n.User.Recovery, n.User.Password.Hash, n.User.Password.Salt, n.User.Password.Scheme, string(profile),
		tx.now.Unix(), tx.now.Unix())
	if err != nil {
		return 0, err
	}
	if n.SelfOwned {
		own := n.ACL.WithActor(id)
		if _, err := tx.exec(ctx, "UPDATE actor SET acl = ? WHERE id = ?", own.Encode(), id); err != nil {
			return 0, err
		}
	}
	tx.noteActor(&Actor{ID: id, Org: n.Org, Type: n.Type, Name: n.Name}, false)
	return id, nil
}

// SaveActor writes an actor's name, validator flag, user columns and profile
// over the row with its id; old is the name it had. One that is gone is
// ErrNotFound, a taken name or address ErrExists.
func (tx *Tx) SaveActor(ctx context.Context, a *Actor, old string) error {
	err := changed(tx.exec(ctx, `
		UPDATE actor SET name = ?, validator = ?, email = ?, external_uid = ?, recovery = ?, password = ?,
			password_salt = ?, password_scheme = ?, profile = ?, updated_at = ? WHERE id = ?`,
		a.Name, a.Validator, a.Email, a.ExternalUID, a.Recovery, a.Password.Hash, a.Password.Salt,
		a.Password.Scheme, string(a.Profile), tx.now.Unix(), a.ID))
	if err != nil {
		return err
	}
	if old != a.Name {
		gone := *a
		gone.Name = old
		tx.noteActor(&gone, true)
	}
	tx.noteActor(a, false)
	return nil
}

// DeleteActor removes an actor with its keys, memberships, associations and
// invitations.
func (tx *Tx) DeleteActor(ctx context.Context, a *Actor) error {
	if err := tx.noteCurrent(ctx, a.ID, true); err != nil {
		return err
	}
	return changed(tx.exec(ctx, "DELETE FROM actor WHERE id = ?", a.ID))
}

// noteCurrent is noteActor by the name that the actor has now, by which caches
// know it: the caller may have read it before it was renamed. One that is gone
// is ErrNotFound.
func (tx *Tx) noteCurrent(ctx context.Context, id int64, deleted bool) error {
	a, err := tx.actorByID(ctx, id)
	if err == nil {
		tx.noteActor(a, deleted)
	}
	return err
}

// noteActor records a change of an actor for whoever caches it, and of a
// client for search.
func (tx *Tx) noteActor(a *Actor, deleted bool) {
	tx.noteAuthz(a.Org, string(a.Type), a.Name)
	if a.Type == chef.TypeClient {
		tx.note(change{org: a.Org, kind: objectHead, typ: string(a.Type), name: a.Name, id: a.ID, deleted: deleted})
	}
}
