package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/document"
)

// Cookbook is a cookbook with everything about its versions but their
// documents.
type Cookbook struct {
	ID       int64
	Name     string
	ACL      authz.ACL
	Versions []ListedVersion // newest first
}

// ListedVersion is one version of a Cookbook.
type ListedVersion struct {
	ID           int64
	Edition      int64
	Version      chef.Version
	Dependencies json.RawMessage // object of constraints by cookbook
	Recipes      json.RawMessage // array of names as run lists know them, sorted
}

const listedColumns = `o.id, o.name, o.acl, v.id, v.edition, v.major, v.minor, v.patch, v.dependencies, v.recipes
	FROM cookbook_version v JOIN object o ON o.id = v.cookbook_id WHERE v.org_id = ?`

// Cookbooks returns all cookbooks of an organization, in no order.
func (s *Store) Cookbooks(ctx context.Context, org int64) ([]*Cookbook, error) {
	rows := s.query(ctx, "SELECT "+listedColumns+" ORDER BY v.cookbook_id, v.major DESC, v.minor DESC, v.patch DESC", org)
	return collectCookbooks(rows)
}

// CookbooksNamed is Cookbooks for some names; those that are gone are absent.
func (s *Store) CookbooksNamed(ctx context.Context, org int64, names []string) ([]*Cookbook, error) {
	rows := s.query(ctx, "SELECT "+listedColumns+` AND v.name IN (?names)
		ORDER BY v.cookbook_id, v.major DESC, v.minor DESC, v.patch DESC`, org, stringList(names))
	return collectCookbooks(rows)
}

// collectCookbooks groups rows that come cookbook by cookbook.
func collectCookbooks(r reading) (out []*Cookbook, err error) {
	err = r(func(rows *sql.Rows) error {
		out = nil
		for rows.Next() {
			var c Cookbook
			var v ListedVersion
			var acl string
			err := rows.Scan(&c.ID, &c.Name, &acl, &v.ID, &v.Edition, &v.Version.Major, &v.Version.Minor, &v.Version.Patch,
				(*[]byte)(&v.Dependencies), (*[]byte)(&v.Recipes))
			if err != nil {
				return fmt.Errorf("scan: %w", err)
			}
			if len(out) == 0 || out[len(out)-1].ID != c.ID {
				if c.ACL, err = authz.DecodeACL(acl); err != nil {
					return err
				}
				out = append(out, &c)
			}
			last := out[len(out)-1]
			last.Versions = append(last.Versions, v)
		}
		return rows.Err()
	})
	return out, err
}

// CookbookDocuments returns the documents of versions by id, with their
// editions; those that are gone are absent.
func (s *Store) CookbookDocuments(ctx context.Context, ids []int64) (map[int64]CookbookVersion, error) {
	rows := s.query(ctx, "SELECT id, edition, frozen, doc FROM cookbook_version WHERE id IN (?ids)", idList(ids))
	list, err := collect(rows, func(rows *sql.Rows) (v CookbookVersion, err error) {
		var doc []byte
		err = rows.Scan(&v.ID, &v.Edition, &v.Frozen, &doc)
		v.Document = document.Packed(doc)
		return v, err
	})
	out := make(map[int64]CookbookVersion, len(list))
	for _, v := range list {
		out[v.ID] = v
	}
	return out, err
}

// CookbookChanges returns the names of the cookbooks that changed after one
// pair of heads up to another, each once, with ACLs counted as changes. ok is
// false when the logs no longer reach back so far.
func (s *Store) CookbookChanges(ctx context.Context, org int64, after, upTo Heads) (names []string, ok bool, err error) {
	names, ok, err = s.cookbookChanges(ctx, org, objectHead, after.Object, upTo.Object)
	if err != nil || !ok {
		return nil, ok, err
	}
	more, ok, err := s.cookbookChanges(ctx, org, authzHead, after.Authz, upTo.Authz)
	return append(names, more...), ok, err
}

// cookbookChanges reads one log. That none of it is missing is looked at last:
// what is there then was there before.
func (s *Store) cookbookChanges(ctx context.Context, org int64, kind headKind, after, upTo int64) (names []string, ok bool, err error) {
	if after >= upTo {
		return nil, true, nil
	}
	rows := s.query(ctx, `
		SELECT name FROM change
		WHERE org_id = ? AND kind = ? AND seq > ? AND seq <= ? AND type = 'cookbook' ORDER BY seq`, org, kind, after, upTo)
	if names, err = collect(rows, scanString); err != nil {
		return nil, false, err
	}
	var kept int64
	err = s.queryRow(ctx, "SELECT count(*) FROM change WHERE org_id = ? AND kind = ? AND seq > ? AND seq <= ?",
		[]any{org, kind, after, upTo}, &kept)
	return names, kept == upTo-after, err
}
