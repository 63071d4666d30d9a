package store

import (
	"context"
	"database/sql"
)

// ObjectHeads returns the object head of every organization that has one.
func (s *Store) ObjectHeads(ctx context.Context) (map[int64]int64, error) {
	type head struct{ org, seq int64 }
	list, err := collect(s.query(ctx, "SELECT org_id, seq FROM head WHERE kind = 0"), func(rows *sql.Rows) (h head, err error) {
		err = rows.Scan(&h.org, &h.seq)
		return h, err
	})
	heads := make(map[int64]int64, len(list))
	for _, h := range list {
		heads[h.org] = h.seq
	}
	return heads, err
}
