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
	rows := s.query(ctx, `
		SELECT a.name, a.id, TRUE, EXISTS (SELECT 1 FROM association s WHERE s.org_id = ? AND s.user_id = a.id)
		FROM actor a WHERE a.org_id = 0 AND a.type = 'user' AND a.name IN (?names)
		UNION ALL
		SELECT a.name, a.id, FALSE, FALSE
		FROM actor a WHERE a.org_id = ? AND a.type = 'client' AND a.name IN (?names)`,
		org, list, org, list)
	type actor struct {
		name         string
		id           int64
		user, member bool
	}
	found, err := collect(rows, func(rows *sql.Rows) (a actor, err error) {
		err = rows.Scan(&a.name, &a.id, &a.user, &a.member)
		return a, err
	})
	out := map[string]ActorIDs{}
	for _, a := range found {
		ids := out[a.name]
		if a.user {
			ids.User, ids.Member = a.id, a.member
		} else {
			ids.Client = a.id
		}
		out[a.name] = ids
	}
	return out, err
}

// GroupIDs looks groups up by name: plain names in org, "other::name" in
// another organization and "::name" among the global ones. Names that mean no
// group are absent.
func (s *Store) GroupIDs(ctx context.Context, org int64, names []string) (map[string]int64, error) {
	asked := make([][3]string, len(names))
	for i, name := range names {
		asked[i] = scoped(name)
	}
	list, err := tripleList(asked)
	if err != nil {
		return nil, err
	}
	// A scope is resolved in SQL too, so that any mix of names is one query.
	rows := s.query(ctx, `
		SELECT n.c, g.id
		FROM (?triples) AS n JOIN object g ON g.type = 'group' AND g.parent = '' AND g.name = n.b
			AND g.org_id = CASE n.c WHEN n.b THEN ? ELSE (SELECT id FROM org WHERE name = n.a) END`, list, org)
	type group struct {
		name string
		id   int64
	}
	found, err := collect(rows, func(rows *sql.Rows) (g group, err error) {
		err = rows.Scan(&g.name, &g.id)
		return g, err
	})
	out := make(map[string]int64, len(found))
	for _, g := range found {
		out[g.name] = g.id
	}
	return out, err
}

// scoped takes a group's name apart: organization, group, and the whole.
func scoped(name string) [3]string {
	if org, group, ok := strings.Cut(name, "::"); ok {
		return [3]string{org, group, name}
	}
	return [3]string{"", name, name}
}

// nameList renders names as a JSON array, the form in which a statement takes
// a list of any length as one parameter.
func nameList(names []string) (string, error) {
	clean := make([]string, len(names))
	for i, name := range names {
		clean[i] = textual(name)
	}
	return jsonList(clean)
}

// tripleList is nameList for three strings each.
func tripleList(triples [][3]string) (string, error) {
	clean := make([][3]string, len(triples))
	for i, t := range triples {
		clean[i] = [3]string{textual(t[0]), textual(t[1]), textual(t[2])}
	}
	return jsonList(clean)
}

func jsonList(list any) (string, error) {
	var b strings.Builder
	if err := json.NewEncoder(&b).Encode(list); err != nil {
		return "", fmt.Errorf("encode list: %w", err)
	}
	return b.String(), nil
}

const replacement = "\uFFFD"

// textual is s with what is no character replaced, which PostgreSQL takes for
// no text: a name with such in it is nobody's.
func textual(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, replacement), "\x00", replacement)
}
