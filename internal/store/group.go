package store

import (
	"context"
	"database/sql"
	"fmt"

	"tournant/internal/chef"
)

// Member is an actor in a group or an ACL, as the API names it.
type Member struct {
	ID   int64
	Org  int64
	Type chef.ObjectType
	Name string
}

// GroupName is a group in a group or an ACL. OrgName is empty for the global
// groups.
type GroupName struct {
	ID      int64
	Org     int64
	OrgName string
	Name    string
}

// GroupID returns the id of an organization's group, or ErrNotFound.
func (tx *Tx) GroupID(ctx context.Context, org int64, name string) (int64, error) {
	var id int64
	err := tx.queryRow(ctx, "SELECT id FROM object WHERE org_id = ? AND type = 'group' AND parent = '' AND name = ?", []any{org, name}, &id)
	return id, err
}

// AddMember puts an actor into a group; one that is in it already stays. The
// caller notes the change: it is the actor's when one joins, the group's when
// its list is replaced.
func (tx *Tx) AddMember(ctx context.Context, group, actor int64) error {
	_, err := tx.exec(ctx, "INSERT INTO group_member (group_id, actor_id) VALUES (?, ?) ON CONFLICT DO NOTHING", group, actor)
	return err
}

// nest puts groups into a group. A cycle is refused as Invalid.
func (tx *Tx) nest(ctx context.Context, group int64, children ...int64) error {
	// Two nestings that are no cycle each can be one together.
	if err := tx.hold(ctx, "org", Server); err != nil {
		return err
	}
	for _, child := range children {
		var cyclic bool
		err := tx.queryRow(ctx, `
			WITH RECURSIVE above (id) AS (
				SELECT CAST(? AS BIGINT) UNION SELECT n.group_id FROM group_nesting n JOIN above ON n.child_id = above.id
			) SELECT EXISTS (SELECT 1 FROM above WHERE id = ?)`, []any{group, child}, &cyclic)
		if err != nil {
			return err
		}
		if cyclic {
			return chef.Errorf(chef.Invalid, "Group membership cannot be circular.")
		}
		if _, err := tx.exec(ctx, "INSERT INTO group_nesting (group_id, child_id) VALUES (?, ?) ON CONFLICT DO NOTHING", group, child); err != nil {
			return err
		}
	}
	return nil
}

// Members returns the actors of a group in order of name.
func (s *Store) Members(ctx context.Context, group int64) ([]Member, error) {
	rows := s.query(ctx, `
		SELECT a.id, a.org_id, a.type, a.name FROM group_member m JOIN actor a ON a.id = m.actor_id
		WHERE m.group_id = ? ORDER BY a.name`, group)
	return collect(rows, scanMember)
}

// ActorsByID names the actors with these ids in order of name; those that are
// gone are absent.
func (s *Store) ActorsByID(ctx context.Context, ids []int64) ([]Member, error) {
	rows := s.query(ctx, `
		SELECT id, org_id, type, name FROM actor
		WHERE id IN (?ids) ORDER BY name`, idList(ids))
	return collect(rows, scanMember)
}

func scanMember(rows *sql.Rows) (Member, error) {
	var m Member
	err := rows.Scan(&m.ID, &m.Org, &m.Type, &m.Name)
	return m, err
}

// Nested returns the groups of a group in order of name.
func (s *Store) Nested(ctx context.Context, group int64) ([]GroupName, error) {
	return s.groupNames(ctx, "g.id IN (SELECT child_id FROM group_nesting WHERE group_id = ?)", group)
}

// GroupsByID names the groups with these ids in order of name; those that are
// gone are absent.
func (s *Store) GroupsByID(ctx context.Context, ids []int64) ([]GroupName, error) {
	return s.groupNames(ctx, "g.id IN (?ids)", idList(ids))
}

func (s *Store) groupNames(ctx context.Context, where string, arg any) ([]GroupName, error) {
	rows := s.query(ctx, `
		SELECT g.id, g.org_id, CASE g.org_id WHEN 0 THEN '' ELSE o.name END, g.name
		FROM object g JOIN org o ON o.id = g.org_id WHERE g.type = 'group' AND `+where+` ORDER BY g.name`, arg)
	return collect(rows, func(rows *sql.Rows) (GroupName, error) {
		var g GroupName
		err := rows.Scan(&g.ID, &g.Org, &g.OrgName, &g.Name)
		return g, err
	})
}

// Membership is what a group's lists are to become; a nil list stays as it is.
type Membership struct {
	Clients []int64
	Users   []int64
	Groups  []int64
}

// SetMembership replaces the given lists of a group. A circular nesting is
// refused as Invalid.
func (tx *Tx) SetMembership(ctx context.Context, group *Object, m Membership) error {
	if err := tx.setActors(ctx, group.ID, chef.TypeClient, m.Clients); err != nil {
		return err
	}
	if err := tx.setActors(ctx, group.ID, chef.TypeUser, m.Users); err != nil {
		return err
	}
	if m.Groups != nil {
		if _, err := tx.exec(ctx, "DELETE FROM group_nesting WHERE group_id = ?", group.ID); err != nil {
			return err
		}
		if err := tx.nest(ctx, group.ID, m.Groups...); err != nil {
			return err
		}
	}
	tx.noteAuthz(group.Org, string(chef.TypeGroup), group.Name)
	return nil
}

func (tx *Tx) setActors(ctx context.Context, group int64, typ chef.ObjectType, actors []int64) error {
	if actors == nil {
		return nil
	}
	_, err := tx.exec(ctx, "DELETE FROM group_member WHERE group_id = ? AND actor_id IN (SELECT id FROM actor WHERE type = ?)", group, typ)
	if err != nil {
		return fmt.Errorf("empty group: %w", err)
	}
	for _, actor := range actors {
		if err := tx.AddMember(ctx, group, actor); err != nil {
			return err
		}
	}
	return nil
}

// UpdateGroup renames a group and replaces the given lists of its members, all
// of it or nothing. A group that is gone, or is called otherwise by now, is
// ErrNotFound, a taken name ErrExists.
func (s *Store) UpdateGroup(ctx context.Context, group *Object, name string, m Membership) error {
	return s.Write(ctx, func(tx *Tx) error {
		err := changed(tx.exec(ctx, "UPDATE object SET name = ?, updated_at = ? WHERE id = ? AND name = ?",
			name, tx.now.Unix(), group.ID, group.Name))
		if err != nil {
			return err
		}
		if name != group.Name {
			tx.noteObject(group, nil, true)
			renamed := *group
			renamed.Name = name
			tx.noteObject(&renamed, nil, false)
		}
		return tx.SetMembership(ctx, group, m)
	})
}
