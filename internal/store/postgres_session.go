package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// maxSessionName is what PostgreSQL keeps of an application_name, in bytes.
const maxSessionName = 63

// sessionName tells the sessions of one process's pools from all others.
func sessionName(application string) string {
	mark := " " + newID()[:16]
	return application[:min(len(application), maxSessionName-len(mark))] + mark
}

// endLost ends our sessions, all of whose connections have been cut. The server
// may hear of that late, or never, and meanwhile keep what they have locked.
func (d *postgresDatabase) endLost(ctx context.Context, conn *pgx.Conn) (ended int, err error) {
	err = conn.QueryRow(ctx, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1", d.session).Scan(&ended)
	return ended, err
}

// working is how many of our sessions have been at a statement for some time.
func (d *postgresDatabase) working(ctx context.Context, conn *pgx.Conn) (n int, err error) {
	err = conn.QueryRow(ctx, `
		SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state = 'active'
			AND clock_timestamp() - state_change > interval '1 second'`, d.session).Scan(&n)
	return n, err
}
