package store

import (
	"context"
	"time"
)

// File is a cookbook file that can be read.
type File struct {
	Upload int64
	Size   int64
	Stored time.Time
}

// File returns an organization's file, or ErrNotFound.
func (s *Store) File(ctx context.Context, org int64, checksum string) (File, error) {
	var f File
	var stored int64
	err := s.queryRow(ctx, "SELECT upload_id, size, stored_at FROM file WHERE org_id = ? AND checksum = ?",
		[]any{org, checksum}, &f.Upload, &f.Size, &stored)
	f.Stored = time.Unix(stored, 0).UTC()
	return f, err
}

// FileChunk returns the piece of an upload in which offset lies, and where that
// piece starts. ErrNotFound means that the file has been dropped.
func (s *Store) FileChunk(ctx context.Context, upload, offset int64) (start int64, data []byte, err error) {
	err = s.queryRow(ctx, `
		SELECT start, data FROM upload_chunk WHERE upload_id = ? AND start <= ? ORDER BY start DESC LIMIT 1`,
		[]any{upload, offset}, &start, &data)
	return start, data, err
}

// OrgByGUID returns the id of the organization with this guid, or ErrNotFound.
func (s *Store) OrgByGUID(ctx context.Context, guid string) (int64, error) {
	var id int64
	err := s.queryRow(ctx, "SELECT id FROM org WHERE guid = ? AND id <> 0", []any{guid}, &id)
	return id, err
}

// owner is a manifest that refers to files.
type owner struct {
	kind string
	org  int64
	id   int64
}

// The kinds of manifests.
const (
	cookbookFiles = "cookbook"
	artifactFiles = "artifact"
)

// holdFiles locks files, in one order: who refers to them and who drops them
// must see each other's references.
func (tx *Tx) holdFiles(ctx context.Context, org int64, checksums []string) error {
	_, err := tx.exec(ctx, "SELECT 1 FROM file WHERE org_id = ? AND checksum IN (?names) ORDER BY checksum"+locked,
		org, stringList(checksums))
	return err
}

// requireFiles returns *UnknownChecksum unless the organization has all files,
// which stay until the transaction ends.
func (tx *Tx) requireFiles(ctx context.Context, org int64, checksums []string) error {
	if err := tx.holdFiles(ctx, org, checksums); err != nil {
		return err
	}
	rows := tx.query(ctx, `
		SELECT value FROM (?names) AS wanted WHERE NOT EXISTS (
			SELECT 1 FROM file WHERE org_id = ? AND checksum = wanted.value AND committed = TRUE)
		ORDER BY value LIMIT 1`, stringList(checksums), org)
	unknown, err := collect(rows, scanString)
	if err == nil && len(unknown) > 0 {
		return &UnknownChecksum{unknown[0]}
	}
	return err
}

// setFiles makes a manifest refer to these files and drops those that nothing
// refers to any more. Their chunks are swept later.
func (tx *Tx) setFiles(ctx context.Context, o owner, checksums []string) error {
	rows := tx.query(ctx, `
		DELETE FROM file_reference WHERE owner = ? AND owner_id = ?
		RETURNING checksum`, o.kind, o.id)
	before, err := collect(rows, scanString)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `
		INSERT INTO file_reference (org_id, checksum, owner, owner_id)
		SELECT ?, value, ?, ? FROM (?names) AS named`, o.org, o.kind, o.id, stringList(checksums))
	if err != nil || len(before) == 0 {
		return err
	}
	if err := tx.holdFiles(ctx, o.org, before); err != nil {
		return err
	}
	_, err = tx.exec(ctx, `
		DELETE FROM file WHERE org_id = ? AND checksum IN (?names) AND NOT EXISTS (
			SELECT 1 FROM file_reference r WHERE r.org_id = file.org_id AND r.checksum = file.checksum)`,
		o.org, stringList(before))
	return err
}

// knownFiles collects the checksums that a query returns.
func knownFiles(rows reading) (map[string]bool, error) {
	list, err := collect(rows, scanString)
	known := make(map[string]bool, len(list))
	for _, sum := range list {
		known[sum] = true
	}
	return known, err
}
