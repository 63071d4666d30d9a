package store

import "context"

// Reindex makes every search index of an organization rebuild, wherever it is:
// the organization's object log begins anew one change further on, so that a
// follower finds a gap.
func (s *Store) Reindex(ctx context.Context, org *Org) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, advanceHead, org.ID, objectHead)
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, "DELETE FROM change WHERE org_id = ? AND kind = ?", org.ID, objectHead)
		return err
	})
}
