package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Sandbox is the announcement of files to upload.
type Sandbox struct {
	ID        string
	Checksums []string
	Created   time.Time
}

// CreateSandbox keeps a sandbox and returns it with those of its checksums that
// the organization has already.
func (s *Store) CreateSandbox(ctx context.Context, org int64, checksums []string) (*Sandbox, map[string]bool, error) {
	var known map[string]bool
	box := &Sandbox{ID: newID(), Checksums: checksums}
	err := s.Write(ctx, func(tx *Tx) (err error) {
		box.Created = tx.now
		_, err = tx.exec(ctx, "INSERT INTO sandbox (id, org_id, checksums, created_at) VALUES (?, ?, ?, ?)",
			box.ID, org, stringList(checksums), tx.now.Unix())
		if err != nil {
			return err
		}
		known, err = knownFiles(tx.query(ctx, `
			SELECT checksum FROM file WHERE org_id = ? AND committed = TRUE AND checksum IN (?names)`,
			org, stringList(checksums)))
		return err
	})
	return box, known, err
}

// CommitSandbox makes the files of a sandbox the organization's and removes the
// sandbox. Files that were never uploaded are returned as missing, sorted as
// the sandbox lists them, and nothing changes. A sandbox that is not there is
// ErrNotFound.
func (s *Store) CommitSandbox(ctx context.Context, org int64, id string) (box *Sandbox, missing []string, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		missing = nil
		if box, err = tx.sandbox(ctx, org, id); err != nil {
			return err
		}
		list := stringList(box.Checksums)
		there, err := knownFiles(tx.query(ctx, `
			SELECT checksum FROM file WHERE org_id = ? AND checksum IN (?names)
			ORDER BY checksum`+locked, org, list))
		if err != nil {
			return err
		}
		for _, sum := range box.Checksums {
			if !there[sum] {
				missing = append(missing, sum)
			}
		}
		if len(missing) > 0 {
			return nil
		}
		_, err = tx.exec(ctx, `
			UPDATE file SET committed = TRUE
			WHERE org_id = ? AND committed = FALSE AND checksum IN (?names)`, org, list)
		if err != nil {
			return err
		}
		return changed(tx.exec(ctx, "DELETE FROM sandbox WHERE id = ?", id))
	})
	return box, missing, err
}

func (tx *Tx) sandbox(ctx context.Context, org int64, id string) (*Sandbox, error) {
	box := &Sandbox{ID: id}
	var list string
	var created int64
	err := tx.queryRow(ctx, "SELECT checksums, created_at FROM sandbox WHERE id = ? AND org_id = ?"+locked, []any{id, org}, &list, &created)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(list), &box.Checksums); err != nil {
		return nil, fmt.Errorf("sandbox %s: %w", id, err)
	}
	box.Created = time.Unix(created, 0).UTC()
	return box, nil
}
