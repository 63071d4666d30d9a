package store

import (
	"context"
	"database/sql"
)

// ObjectHeads returns the object head of every organization that has one.
func (s *Store) ObjectHeads(ctx context.Context) (map[int64]int64, error) {
	rows, err := s.query(ctx, "SELECT org_id, seq FROM head WHERE kind = 0")
	if err != nil {
		return nil, err
	}
	heads := map[int64]int64{}
	_, err = collect(rows, func(rows *sql.Rows) (struct{}, error) {
		var org, seq int64
		err := rows.Scan(&org, &seq)
		heads[org] = seq
		return struct{}{}, err
	})
	return heads, err
}
