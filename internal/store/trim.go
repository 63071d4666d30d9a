package store

import (
	"context"
	"time"
)

// KeepChanges is how long the change log reaches back. A follower that was
// away for longer starts anew.
const KeepChanges = 24 * time.Hour

// trimBatch bounds what one transaction removes, so that no write waits long.
const trimBatch = 500

// TrimChanges removes the log's entries older than KeepChanges.
func (s *Store) TrimChanges(ctx context.Context) error {
	before := s.now().Add(-KeepChanges).Unix()
	for ctx.Err() == nil {
		removed, err := s.trim(ctx, before)
		if err != nil || removed < trimBatch {
			return err
		}
	}
	return ctx.Err()
}

// ForgetWrites removes what nobody needs who runs a write again.
func (s *Store) ForgetWrites(ctx context.Context) error {
	return s.patiently(ctx, func() error { return s.db.forget(whole(ctx)) })
}

func (s *Store) trim(ctx context.Context, before int64) (removed int64, err error) {
	err = s.Write(Freeing(ctx), func(tx *Tx) error {
		res, err := tx.exec(ctx, `
			DELETE FROM change WHERE (org_id, kind, seq) IN (
				SELECT org_id, kind, seq FROM change WHERE at < ? ORDER BY at, seq LIMIT ?)`, before, trimBatch)
		if err != nil {
			return err
		}
		removed, err = res.RowsAffected()
		return err
	})
	return removed, err
}
