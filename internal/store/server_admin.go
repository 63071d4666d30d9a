package store

import (
	"context"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// ServerAdmins returns the names of the users who administer the server, in
// order.
func (s *Store) ServerAdmins(ctx context.Context) ([]string, error) {
	rows := s.query(ctx, `
		SELECT a.name FROM object g JOIN group_member m ON m.group_id = g.id JOIN actor a ON a.id = m.actor_id
		WHERE g.org_id = ? AND g.type = 'group' AND g.name = ? ORDER BY a.name`, Server, authz.ServerAdmins)
	return collect(rows, scanString)
}

// AddServerAdmin lets a user administer the server; one who does already
// stays. A user who is gone is ErrNotFound.
func (s *Store) AddServerAdmin(ctx context.Context, name string) error {
	return s.Write(ctx, func(tx *Tx) error {
		group, user, err := tx.serverAdmin(ctx, name)
		if err != nil {
			return err
		}
		tx.noteAuthz(Server, string(chef.TypeUser), name)
		return tx.AddMember(ctx, group, user)
	})
}

// RemoveServerAdmin undoes AddServerAdmin. A user who does not administer the
// server is ErrNotFound.
func (s *Store) RemoveServerAdmin(ctx context.Context, name string) error {
	return s.Write(ctx, func(tx *Tx) error {
		group, user, err := tx.serverAdmin(ctx, name)
		if err != nil {
			return err
		}
		tx.noteAuthz(Server, string(chef.TypeUser), name)
		return changed(tx.exec(ctx, "DELETE FROM group_member WHERE group_id = ? AND actor_id = ?", group, user))
	})
}

func (tx *Tx) serverAdmin(ctx context.Context, name string) (group, user int64, err error) {
	if group, err = tx.GroupID(ctx, Server, authz.ServerAdmins); err != nil {
		return 0, 0, err
	}
	err = tx.queryRow(ctx, "SELECT id FROM actor WHERE org_id = ? AND type = ? AND name = ?",
		[]any{Server, chef.TypeUser, name}, &user)
	return group, user, err
}
