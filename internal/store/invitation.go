package store

import (
	"context"
	"database/sql"

	"tournant/internal/authz"
)

// Invitation asks a user to join an organization.
type Invitation struct {
	ID      string
	Org     int64
	OrgName string
	UserID  int64
	User    string // name
	Inviter int64  // id of the user who asked
}

const invitationQuery = `
	SELECT i.id, i.org_id, o.name, i.user_id, a.name, i.inviter_id
	FROM invitation i JOIN org o ON o.id = i.org_id JOIN actor a ON a.id = i.user_id WHERE `

func scanInvitation(scan func(...any) error) (*Invitation, error) {
	var i Invitation
	err := scan(&i.ID, &i.Org, &i.OrgName, &i.UserID, &i.User, &i.Inviter)
	return &i, err
}

// Invitation returns an invitation, or ErrNotFound.
func (s *Store) Invitation(ctx context.Context, id string) (*Invitation, error) {
	return scanInvitation(func(dest ...any) error {
		return s.queryRow(ctx, invitationQuery+"i.id = ?", []any{id}, dest...)
	})
}

// OrgInvitations returns an organization's invitations in order of user.
func (s *Store) OrgInvitations(ctx context.Context, org int64) ([]*Invitation, error) {
	return s.invitations(ctx, "i.org_id = ? ORDER BY a.name", org)
}

// UserInvitations returns a user's invitations in order of organization.
func (s *Store) UserInvitations(ctx context.Context, user int64) ([]*Invitation, error) {
	return s.invitations(ctx, "i.user_id = ? ORDER BY o.name", user)
}

func (s *Store) invitations(ctx context.Context, where string, arg any) ([]*Invitation, error) {
	return collect(s.query(ctx, invitationQuery+where, arg), func(rows *sql.Rows) (*Invitation, error) { return scanInvitation(rows.Scan) })
}

// Invite invites a user to an organization and returns the invitation's id. A
// user who is invited already is ErrExists.
func (s *Store) Invite(ctx context.Context, org *Org, user, inviter int64) (string, error) {
	id := newID()
	return id, s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "INSERT INTO invitation (id, org_id, user_id, inviter_id, created_at) VALUES (?, ?, ?, ?, ?)",
			id, org.ID, user, inviter, tx.now.Unix())
		return err
	})
}

// DeleteInvitation takes an invitation back. One that is gone is ErrNotFound.
func (s *Store) DeleteInvitation(ctx context.Context, id string) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.deleteInvitation(ctx, id) })
}

func (tx *Tx) deleteInvitation(ctx context.Context, id string) error {
	return changed(tx.exec(ctx, "DELETE FROM invitation WHERE id = ?", id))
}

// Accept associates the invited user and ends the invitation. One that is gone
// is ErrNotFound, a user who belongs already ErrExists.
func (s *Store) Accept(ctx context.Context, i *Invitation, org *Org, user *Actor, groupACL authz.ACL) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.hold(ctx, "actor", user.ID); err != nil { // first, as in DeleteUser
			return err
		}
		if err := tx.deleteInvitation(ctx, i.ID); err != nil {
			return err
		}
		return tx.associate(ctx, org, user, groupACL)
	})
}
