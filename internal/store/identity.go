package store

import (
	"context"
	"database/sql"

	"tournant/internal/chef"
)

// Identity is an actor with what a request of its needs checked: its keys, its
// groups and whether it belongs to the organization.
type Identity struct {
	Actor  *Actor
	Keys   []Key
	Groups []int64 // sorted, transitive
	Member bool
}

// Identities returns the actors that can sign as name in an organization: the
// user of that name, then the organization's client. In Server only users
// count.
func (s *Store) Identities(ctx context.Context, org int64, name string) ([]Identity, error) {
	rows := s.query(ctx, `
		SELECT `+actorColumns+`, a.type = 'client' OR a.org_id = ?
			OR EXISTS (SELECT 1 FROM association s WHERE s.org_id = ? AND s.user_id = a.id)
		FROM actor a
		WHERE a.org_id = 0 AND a.type = 'user' AND a.name = ? OR a.org_id = ? AND a.type = 'client' AND a.name = ?
		ORDER BY a.type DESC`, org, org, name, org, name)
	out, err := collect(rows, func(rows *sql.Rows) (id Identity, err error) {
		id.Actor, err = scanActor(func(dest ...any) error { return rows.Scan(append(dest, &id.Member)...) })
		return id, err
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Keys, err = s.Keys(ctx, out[i].Actor.ID); err != nil {
			return nil, err
		}
		if out[i].Groups, err = s.groupsOf(ctx, out[i].Actor.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Store) groupsOf(ctx context.Context, actor int64) ([]int64, error) {
	rows := s.query(ctx, `
		WITH RECURSIVE g (id) AS (
			SELECT group_id FROM group_member WHERE actor_id = ?
			UNION SELECT n.group_id FROM group_nesting n JOIN g ON n.child_id = g.id
		) SELECT id FROM g ORDER BY id`, actor)
	return collect(rows, func(rows *sql.Rows) (int64, error) {
		var id int64
		err := rows.Scan(&id)
		return id, err
	})
}

// AuthzChange names what changed for authentication and authorization.
type AuthzChange struct {
	Type chef.ObjectType
	Name string
}

// AuthzChanges returns the organization's changes after seq up to and
// including head. ok is false when the log no longer reaches back so far.
func (s *Store) AuthzChanges(ctx context.Context, org, after, head int64) (changes []AuthzChange, ok bool, err error) {
	rows := s.query(ctx, `
		SELECT type, name FROM change
		WHERE org_id = ? AND kind = 1 AND seq > ? AND seq <= ? ORDER BY seq`, org, after, head)
	changes, err = collect(rows, func(rows *sql.Rows) (AuthzChange, error) {
		var c AuthzChange
		err := rows.Scan(&c.Type, &c.Name)
		return c, err
	})
	return changes, int64(len(changes)) == head-after, err
}
