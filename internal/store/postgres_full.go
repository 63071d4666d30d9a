package store

import (
	"context"
	"database/sql"

	"tournant/internal/postgres"
)

// isFull is whether the backend said that the volume is nearly full. Elsewhere,
// nobody does, and PostgreSQL's own errors tell.
const isFull = "coalesce(current_setting('" + postgres.VolumeFull + "', true), '') = 'on'"

func (d *postgresDatabase) room(ctx context.Context) error {
	var full bool
	if err := d.queryRow(ctx, "SELECT "+isFull, nil, &full); err != nil {
		return err
	}
	if full {
		return errFull
	}
	return nil
}

// claimID enters the id of a write, $1, if there is room or it needs none, $2. It
// leaves nothing behind where it refuses.
const claimID = `
	WITH room AS (SELECT $2::boolean OR NOT (` + isFull + `) AS enough),
	claimed AS (INSERT INTO write_id (id) SELECT $1::bytea FROM room WHERE enough ON CONFLICT DO NOTHING RETURNING id)
	SELECT enough, EXISTS (SELECT FROM claimed) FROM room`

// claim enters the id of a write. While another transaction that did so is
// under way, it waits for that one's end.
func claim(ctx context.Context, tx *sql.Tx, id writeID, grows bool) error {
	var enough, claimed bool
	if err := tx.QueryRowContext(ctx, claimID, id[:], !grows).Scan(&enough, &claimed); err != nil {
		return err
	}
	switch {
	case !enough:
		return errFull
	case !claimed:
		return errHappened
	}
	return nil
}

func (d *postgresDatabase) full(err error) bool { return code(err) == diskFull }
