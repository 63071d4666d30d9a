package store

import (
	"context"
	"database/sql"
	"errors"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/document"
)

// Artifact is one version of a cookbook artifact. ACL is that of its name.
type Artifact struct {
	ID       int64
	Object   Object
	Document document.Packed
}

// Artifact returns a version of a cookbook artifact, or ErrNotFound.
func (s *Store) Artifact(ctx context.Context, org int64, name, identifier string) (*Artifact, error) {
	var a Artifact
	object, err := s.Object(ctx, Ref{Org: org, Type: chef.TypeCookbookArtifact, Name: name})
	if err != nil {
		return nil, err
	}
	a.Object = *object
	err = s.queryRow(ctx, "SELECT id, doc FROM cookbook_artifact_version WHERE object_id = ? AND identifier = ?",
		[]any{object.ID, identifier}, &a.ID, &a.Document)
	return &a, err
}

// CreateArtifact adds a version of a cookbook artifact; acl is used when it is
// the first. A version that is there is ErrExists, a file that is missing
// *UnknownChecksum.
func (s *Store) CreateArtifact(ctx context.Context, org int64, a *chef.CookbookArtifact, acl authz.ACL) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.requireFiles(ctx, org, a.Checksums); err != nil {
			return err
		}
		object, err := tx.findOrCreate(ctx, Ref{Org: org, Type: chef.TypeCookbookArtifact, Name: a.Name}, acl)
		if err != nil {
			return err
		}
		id, err := tx.insert(ctx, `
			INSERT INTO cookbook_artifact_version (object_id, org_id, name, identifier, doc, created_at)
			VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
			object, org, a.Name, a.Identifier, document.Pack(a.Document), tx.now.Unix())
		if err != nil {
			return err
		}
		return tx.setFiles(ctx, owner{artifactFiles, org, id}, a.Checksums)
	})
}

// findOrCreate returns the id of an object, which it makes if it is not there.
func (tx *Tx) findOrCreate(ctx context.Context, ref Ref, acl authz.ACL) (int64, error) {
	o, err := tx.Object(ctx, ref)
	if errors.Is(err, ErrNotFound) {
		id, err := tx.Create(ctx, NewObject{Ref: ref, ACL: acl})
		return id, existsNow(err)
	}
	if err != nil {
		return 0, err
	}
	return o.ID, nil
}

// DeleteArtifact removes a version of a cookbook artifact, the files that
// nothing refers to any more and, with the last version, the name. One that is
// gone is ErrNotFound.
func (s *Store) DeleteArtifact(ctx context.Context, a *Artifact) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.hold(ctx, "object", a.Object.ID); err != nil { // whoever adds a version holds it too
			return err
		}
		if err := changed(tx.exec(ctx, "DELETE FROM cookbook_artifact_version WHERE id = ?", a.ID)); err != nil {
			return err
		}
		if err := tx.setFiles(ctx, owner{artifactFiles, a.Object.Org, a.ID}, nil); err != nil {
			return err
		}
		var left bool
		err := tx.queryRow(ctx, "SELECT EXISTS (SELECT 1 FROM cookbook_artifact_version WHERE object_id = ?)", []any{a.Object.ID}, &left)
		if err != nil || left {
			return err
		}
		return tx.Delete(ctx, &a.Object)
	})
}

// ArtifactName is a version in a list of cookbook artifacts.
type ArtifactName struct{ Name, Identifier string }

// ArtifactNames returns the versions of one cookbook artifact, or of all when
// name is empty, in order of name and age.
func (s *Store) ArtifactNames(ctx context.Context, org int64, name string) ([]ArtifactName, error) {
	rows := s.query(ctx, `
		SELECT name, identifier FROM cookbook_artifact_version
		WHERE org_id = ? AND (? = '' OR name = ?) ORDER BY name, id`, org, name, name)
	return collect(rows, func(rows *sql.Rows) (a ArtifactName, err error) {
		err = rows.Scan(&a.Name, &a.Identifier)
		return a, err
	})
}
