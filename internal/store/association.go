package store

import (
	"context"
	"errors"
	"slices"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// OrgUserNames returns the names of an organization's users, in order.
func (s *Store) OrgUserNames(ctx context.Context, org int64) ([]string, error) {
	rows := s.query(ctx, `
		SELECT a.name FROM association s JOIN actor a ON a.id = s.user_id WHERE s.org_id = ? ORDER BY a.name`, org)
	return collect(rows, scanString)
}

// Associated reports whether a user belongs to an organization.
func (s *Store) Associated(ctx context.Context, org, user int64) (bool, error) {
	return s.exists(ctx, "SELECT EXISTS (SELECT 1 FROM association WHERE org_id = ? AND user_id = ?)", org, user)
}

// IsMember reports whether an actor is in an organization's group itself, not
// only through a group in it.
func (s *Store) IsMember(ctx context.Context, org int64, group string, actor int64) (bool, error) {
	return s.exists(ctx, `
		SELECT EXISTS (SELECT 1 FROM group_member m JOIN object g ON g.id = m.group_id
			WHERE g.org_id = ? AND g.type = 'group' AND g.parent = '' AND g.name = ? AND m.actor_id = ?)`, org, group, actor)
}

func (s *Store) exists(ctx context.Context, query string, args ...any) (bool, error) {
	var yes bool
	err := s.queryRow(ctx, query, args, &yes)
	return yes, err
}

// Subject returns an actor with the groups that it is in. One that is gone is
// ErrNotFound: ACLs may still name it.
func (s *Store) Subject(ctx context.Context, actor int64) (authz.Subject, error) {
	var id int64
	if err := s.queryRow(ctx, "SELECT id FROM actor WHERE id = ?", []any{actor}, &id); err != nil {
		return authz.Subject{}, err
	}
	groups, err := s.groupsOf(ctx, actor)
	return authz.Subject{Actor: actor, Groups: groups}, err
}

// Associate makes a user belong to an organization. groupACL is that of the
// group that stands for the user there. One that belongs already is ErrExists.
func (s *Store) Associate(ctx context.Context, org *Org, user *Actor, groupACL authz.ACL) error {
	return s.Write(ctx, func(tx *Tx) error { return tx.associate(ctx, org, user, groupACL) })
}

// associate follows Chef's server step by step, because the results show: a
// group called by the user's id holds the user and is in "users", and the
// organization's global group may read the user.
func (tx *Tx) associate(ctx context.Context, org *Org, user *Actor, groupACL authz.ACL) error {
	if err := tx.hold(ctx, "actor", user.ID); err != nil { // deleting a user ends all that it belongs to
		return err
	}
	if _, err := tx.exec(ctx, "INSERT INTO association (org_id, user_id) VALUES (?, ?)", org.ID, user.ID); err != nil {
		return err
	}
	tx.noteActor(user, false)
	own, err := tx.Create(ctx, NewObject{Ref: Ref{Org: org.ID, Type: chef.TypeGroup, Name: user.GUID}, ACL: groupACL})
	if err != nil {
		return err
	}
	if err := tx.AddMember(ctx, own, user.ID); err != nil {
		return err
	}
	users, err := tx.GroupID(ctx, org.ID, authz.Users)
	if err == nil {
		err = tx.nest(ctx, users, own)
	}
	if err != nil && !errors.Is(err, ErrNotFound) { // the group can be deleted
		return err
	}
	return tx.changeReaders(ctx, org, user, func(groups []int64, readers int64) []int64 {
		if slices.Contains(groups, readers) {
			return groups
		}
		return append(groups, readers)
	})
}

// Disassociate ends a user's membership of an organization. One who is no
// member is ErrNotFound.
func (s *Store) Disassociate(ctx context.Context, org *Org, user *Actor) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.hold(ctx, "actor", user.ID); err != nil {
			return err
		}
		err := changed(tx.exec(ctx, "DELETE FROM association WHERE org_id = ? AND user_id = ?", org.ID, user.ID))
		if err != nil {
			return err
		}
		tx.noteActor(user, false)
		if err := tx.deleteOwnGroup(ctx, org.ID, user); err != nil {
			return err
		}
		return tx.changeReaders(ctx, org, user, func(groups []int64, readers int64) []int64 {
			return slices.DeleteFunc(groups, func(id int64) bool { return id == readers })
		})
	})
}

// changeReaders changes the groups that may read a user by the organization's
// global group, if that is there.
func (tx *Tx) changeReaders(ctx context.Context, org *Org, user *Actor, change func(groups []int64, readers int64) []int64) error {
	readers, err := tx.GroupID(ctx, Server, authz.ReadAccessGroup(org.Name))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.changeActorACL(ctx, user.ID, func(acl authz.ACL) (authz.ACL, error) {
		acl[authz.Read].Groups = change(acl[authz.Read].Groups, readers)
		return acl, nil
	})
}
