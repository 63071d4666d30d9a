package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tournant/internal/chef"
)

// UserFilter narrows a list of users; an empty field does not.
type UserFilter struct {
	Email       string // in lower case
	ExternalUID string
}

// UserNames returns the names of the users that a filter lets through, in order.
func (s *Store) UserNames(ctx context.Context, f UserFilter) ([]string, error) {
	where, args := "", []any{}
	if f.Email != "" {
		where, args = where+" AND lower(email) = ?", append(args, f.Email)
	}
	if f.ExternalUID != "" {
		where, args = where+" AND lower(external_uid) = lower(?)", append(args, f.ExternalUID)
	}
	rows := s.query(ctx, "SELECT name FROM actor WHERE org_id = 0 AND type = 'user'"+where+" ORDER BY name", args...)
	return collect(rows, scanString)
}

// UserSummary is a user in the long form of the list.
type UserSummary struct {
	Name    string
	Email   string
	Profile []byte
}

// UserSummaries returns all users in order of name.
func (s *Store) UserSummaries(ctx context.Context) ([]UserSummary, error) {
	rows := s.query(ctx, "SELECT name, coalesce(email, ''), profile FROM actor WHERE org_id = 0 AND type = 'user' ORDER BY name")
	return collect(rows, func(rows *sql.Rows) (u UserSummary, err error) {
		err = rows.Scan(&u.Name, &u.Email, &u.Profile)
		return u, err
	})
}

// UserOrgs returns the organizations that a user belongs to, in order of name.
func (s *Store) UserOrgs(ctx context.Context, user int64) ([]*Org, error) {
	return s.orgsWhere(ctx, "o.id IN (SELECT org_id FROM association WHERE user_id = ?)", user)
}

// CommonOrgs returns the organizations that two users belong to both.
func (s *Store) CommonOrgs(ctx context.Context, user, other int64) ([]*Org, error) {
	return s.orgsWhere(ctx, `o.id IN (
		SELECT org_id FROM association WHERE user_id = ? INTERSECT SELECT org_id FROM association WHERE user_id = ?)`, user, other)
}

func (s *Store) orgsWhere(ctx context.Context, where string, args ...any) ([]*Org, error) {
	rows := s.query(ctx, "SELECT "+orgColumns+" FROM org o WHERE "+where+" ORDER BY o.name", args...)
	return collect(rows, func(rows *sql.Rows) (*Org, error) { return scanOrg(rows.Scan) })
}

// SetPassword replaces a user's password unless it changed since it was read.
func (s *Store) SetPassword(ctx context.Context, user *Actor, p chef.Password) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `
			UPDATE actor SET password = ?, password_salt = ?, password_scheme = ? WHERE id = ? AND password = ?`,
			p.Hash, p.Salt, p.Scheme, user.ID, user.Password.Hash)
		tx.noteActor(user, false)
		return err
	})
}

// DeleteUser removes a user with its keys, memberships, associations and
// invitations, and the groups that stood for it in organizations.
func (s *Store) DeleteUser(ctx context.Context, user *Actor) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.hold(ctx, "actor", user.ID); err != nil {
			return err
		}
		orgs, err := tx.orgsOf(ctx, user.ID)
		if err != nil {
			return err
		}
		for _, org := range orgs {
			if err := tx.deleteOwnGroup(ctx, org, user); err != nil {
				return err
			}
		}
		return tx.DeleteActor(ctx, user)
	})
}

func (tx *Tx) orgsOf(ctx context.Context, user int64) ([]int64, error) {
	return collect(tx.query(ctx, "SELECT org_id FROM association WHERE user_id = ?", user), func(rows *sql.Rows) (id int64, err error) {
		err = rows.Scan(&id)
		return id, err
	})
}

// deleteOwnGroup removes the group that stands for a user in an organization;
// one that is gone already is no error.
func (tx *Tx) deleteOwnGroup(ctx context.Context, org int64, user *Actor) error {
	group, err := tx.Object(ctx, Ref{Org: org, Type: chef.TypeGroup, Name: user.GUID})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the group of %s: %w", user.Name, err)
	}
	return tx.Delete(ctx, group)
}
