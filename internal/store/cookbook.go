package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/document"
)

// CookbookVersion is what the database holds of one version of a cookbook. ID
// is never used twice, and Edition counts the uploads over a version, so that
// the two together name a document that never changes.
type CookbookVersion struct {
	ID       int64
	Edition  int64
	Frozen   bool
	Document document.Packed
}

// UnknownChecksum is the error for a manifest with a file that its
// organization does not have.
type UnknownChecksum struct{ Checksum string }

func (e *UnknownChecksum) Error() string { return "no file has the checksum " + e.Checksum }

// overtaken replaces the errors of a write whose target was there when it was
// decided on, or was not.
func overtaken(err error) error {
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrExists) {
		return fmt.Errorf("%w: %w", ErrOvertaken, err)
	}
	return err
}

// CookbookVersion returns a cookbook, which holds the ACL of all its versions,
// and one version of it. Either is nil when it is not there.
func (s *Store) CookbookVersion(ctx context.Context, org int64, name string, v chef.Version) (*Object, *CookbookVersion, error) {
	cookbook, err := s.Object(ctx, Ref{Org: org, Type: chef.TypeCookbook, Name: name})
	if errors.Is(err, ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var row CookbookVersion
	err = s.queryRow(ctx, `
		SELECT id, edition, frozen, doc FROM cookbook_version
		WHERE org_id = ? AND name = ? AND major = ? AND minor = ? AND patch = ?`,
		[]any{org, name, v.Major, v.Minor, v.Patch}, &row.ID, &row.Edition, &row.Frozen, &row.Document)
	if errors.Is(err, ErrNotFound) {
		return cookbook, nil, nil
	}
	return cookbook, &row, err
}

// CreateCookbook adds the first version of a cookbook, with the ACL of all of
// them. A file that is missing is *UnknownChecksum.
func (s *Store) CreateCookbook(ctx context.Context, org int64, c *chef.CookbookVersion, acl authz.ACL) error {
	ref := Ref{Org: org, Type: chef.TypeCookbook, Name: c.Name}
	return s.Write(ctx, func(tx *Tx) error {
		id, err := tx.Create(ctx, NewObject{Ref: ref, ACL: acl})
		if err != nil {
			return overtaken(err)
		}
		return tx.addCookbookVersion(ctx, &Object{Ref: ref, ID: id}, c)
	})
}

// AddCookbookVersion adds a version to a cookbook that is there. A file that is
// missing is *UnknownChecksum.
func (s *Store) AddCookbookVersion(ctx context.Context, cookbook *Object, c *chef.CookbookVersion) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.unchanged(ctx, cookbook); err != nil {
			return err
		}
		if err := tx.addCookbookVersion(ctx, cookbook, c); err != nil {
			return err
		}
		tx.noteObject(cookbook, nil, false)
		return nil
	})
}

func (tx *Tx) addCookbookVersion(ctx context.Context, cookbook *Object, c *chef.CookbookVersion) error {
	if err := tx.requireFiles(ctx, cookbook.Org, c.Checksums); err != nil {
		return err
	}
	v := c.Version
	id, err := tx.insert(ctx, `
		INSERT INTO cookbook_version (cookbook_id, org_id, name, major, minor, patch, frozen, dependencies, recipes,
			doc, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		cookbook.ID, cookbook.Org, c.Name, v.Major, v.Minor, v.Patch, c.Frozen, string(c.Dependencies),
		stringList(c.Recipes), document.Pack(c.Document()), tx.now.Unix(), tx.now.Unix())
	if err != nil {
		return overtaken(err)
	}
	return tx.setFiles(ctx, owner{cookbookFiles, cookbook.Org, id}, c.Checksums)
}

// UpdateCookbookVersion replaces a version that is there, and drops the files
// that nothing refers to any more. It writes nothing when nothing differs. A
// file that is missing is *UnknownChecksum.
func (s *Store) UpdateCookbookVersion(ctx context.Context, cookbook *Object, old *CookbookVersion, c *chef.CookbookVersion) error {
	packed := document.Pack(c.Document())
	if bytes.Equal(packed, old.Document) {
		return nil
	}
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.hold(ctx, "object", cookbook.ID); err != nil {
			return overtaken(err)
		}
		if err := tx.requireFiles(ctx, cookbook.Org, c.Checksums); err != nil {
			return err
		}
		err := changed(tx.exec(ctx, `
			UPDATE cookbook_version SET frozen = ?, dependencies = ?, recipes = ?, doc = ?, edition = edition + 1,
				updated_at = ? WHERE id = ? AND edition = ?`,
			c.Frozen, string(c.Dependencies), stringList(c.Recipes), packed, tx.now.Unix(), old.ID, old.Edition))
		if err != nil {
			return overtaken(err)
		}
		tx.noteObject(cookbook, nil, false)
		return tx.setFiles(ctx, owner{cookbookFiles, cookbook.Org, old.ID}, c.Checksums)
	})
}

// DeleteCookbookVersion removes a version, the files that nothing refers to any
// more and, with its last version, the cookbook. One that is gone is
// ErrNotFound.
func (s *Store) DeleteCookbookVersion(ctx context.Context, cookbook *Object, version int64) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.hold(ctx, "object", cookbook.ID); err != nil { // whoever adds a version holds it too
			return err
		}
		if err := changed(tx.exec(ctx, "DELETE FROM cookbook_version WHERE id = ?", version)); err != nil {
			return err
		}
		if err := tx.setFiles(ctx, owner{cookbookFiles, cookbook.Org, version}, nil); err != nil {
			return err
		}
		var left bool
		err := tx.queryRow(ctx, "SELECT EXISTS (SELECT 1 FROM cookbook_version WHERE cookbook_id = ?)", []any{cookbook.ID}, &left)
		if err != nil {
			return err
		}
		if !left {
			return tx.Delete(ctx, cookbook)
		}
		tx.noteObject(cookbook, nil, false)
		return nil
	})
}

// stringList renders strings as a JSON array, the form in which a statement
// takes a list of any length as one parameter.
func stringList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	raw, _ := json.Marshal(list) // strings always marshal
	return string(raw)
}
