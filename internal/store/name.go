package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
)

// ActorIDs are the actors that a name means in an organization; 0 is none.
type ActorIDs struct {
	Client int64
	User   int64
	Member bool // the user belongs to the organization
}

// ActorIDs looks names up as clients of an organization and as users. Names
// that mean nobody are absent.
func (s *Store) ActorIDs(ctx context.Context, org int64, names []string) (map[string]ActorIDs, error) {
	list, err := nameList(names)
	if err != nil {
		return nil, err
	}
	// Two joins, because one with an OR makes SQLite read every actor.
	rows, err := s.query(ctx, `
		SELECT a.name, a.id, 1, EXISTS (SELECT 1 FROM association s WHERE s.org_id = ? AND s.user_id = a.id)
		FROM actor a WHERE a.org_id = 0 AND a.type = 'user' AND a.name IN (SELECT value FROM json_each(?))
		UNION ALL
		SELECT a.name, a.id, 0, 0
		FROM actor a WHERE a.org_id = ? AND a.type = 'client' AND a.name IN (SELECT value FROM json_each(?))`,
		org, list, org, list)
	if err != nil {
		return nil, err
	}
	out := map[string]ActorIDs{}
	_, err = collect(rows, func(rows *sql.Rows) (struct{}, error) {
		var name string
		var id int64
		var user, member bool
		err := rows.Scan(&name, &id, &user, &member)
		ids := out[name]
		if user {
			ids.User, ids.Member = id, member
		} else {
			ids.Client = id
		}
		out[name] = ids
		return struct{}{}, err
	})
	return out, err
}

// GroupIDs looks groups up by name: plain names in org, "other::name" in
// another organization and "::name" among the global ones. Names that mean no
// group are absent.
func (s *Store) GroupIDs(ctx context.Context, org int64, names []string) (map[string]int64, error) {
	list, err := nameList(names)
	if err != nil {
		return nil, err
	}
	// A scope is resolved in SQL too, so that any mix of names is one query.
	rows, err := s.query(ctx, `
		SELECT n.value, g.id
		FROM json_each(?) n JOIN object g ON g.type = 'group' AND g.parent = '' AND (
			g.org_id = ? AND g.name = n.value
			OR instr(n.value, '::') > 0 AND g.name = substr(n.value, instr(n.value, '::') + 2)
				AND g.org_id = (SELECT id FROM org WHERE name = substr(n.value, 1, instr(n.value, '::') - 1)))`, list, org)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	_, err = collect(rows, func(rows *sql.Rows) (struct{}, error) {
		var name string
		var id int64
		err := rows.Scan(&name, &id)
		out[name] = id
		return struct{}{}, err
	})
	return out, err
}

// nameList renders names as a JSON array, the form in which a statement takes
// a list of any length as one parameter.
func nameList(names []string) (string, error) {
	var b strings.Builder
	if err := json.NewEncoder(&b).Encode(names); err != nil {
		return "", fmt.Errorf("encode names: %w", err)
	}
	return b.String(), nil
}
