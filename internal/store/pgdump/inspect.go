package pgdump

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tournant/internal/store"
)

// Target is what a database is before a restore.
type Target struct {
	Info
	Founded    bool   // servers have used it
	Generation int64  // of its restores so far
	Size       int64  // of its tables in bytes, about
	readOnly   string // "on" for a standby
	tables     int
}

// inspection is one query, so that it is of one moment.
const inspection = `
	SELECT current_setting('server_version_num')::int / 10000, coalesce(current_schema(), ''), current_setting('transaction_read_only'),
		to_regclass('setting') IS NOT NULL AND to_regclass('goose_db_version') IS NOT NULL,
		count(*), coalesce(sum(pg_table_size(c.oid)), 0)::bigint
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')`

// Inspect asks what the database is.
func (d *Database) Inspect(ctx context.Context) (*Target, error) {
	conn, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }() // it did its work or failed
	t := &Target{}
	var ours bool
	if err := conn.QueryRow(ctx, inspection).Scan(&t.Major, &t.Namespace, &t.readOnly, &ours, &t.tables, &t.Size); err != nil {
		return nil, fmt.Errorf("look at %s: %w", d, err)
	}
	if t.Namespace == "" {
		return nil, fmt.Errorf("%s: none of the schemas in the search_path is there", d)
	}
	if !ours {
		return t, nil
	}
	var schema, generation *int64
	err = conn.QueryRow(ctx, `
		SELECT (SELECT max(version_id) FROM goose_db_version WHERE is_applied),
			(SELECT convert_from(value, 'UTF8')::bigint FROM setting WHERE name = $1)`, store.SettingRestore).Scan(&schema, &generation)
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", d, err)
	}
	if t.Founded = schema != nil && generation != nil; t.Founded {
		t.Schema, t.Generation = *schema, *generation
	}
	return t, nil
}

func (d *Database) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, d.cfg.Copy())
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", d, err)
	}
	return conn, nil
}

// check refuses a target that a copy cannot be restored into.
func (t *Target) check(copied Info) error {
	switch {
	case t.readOnly == "on":
		return errors.New("the database server takes no writes: it is a standby, or not yet a primary")
	case t.tables > 0 && !t.Founded:
		return fmt.Errorf("%w: there are %d tables in its schema %s. Name an empty database", ErrForeign, t.tables, t.Namespace)
	case copied.Major > t.Major:
		return fmt.Errorf("%w: the copy was made of PostgreSQL %[2]d, and an older server, %[3]d here, may not read it. Restore it into PostgreSQL %[2]d or newer",
			ErrVersion, copied.Major, t.Major)
	case copied.Namespace != t.Namespace:
		return fmt.Errorf("the copy is of tables in the schema %q, and this connection's are in %q: set search_path in the URL or for the role", copied.Namespace, t.Namespace)
	}
	return store.CheckRestorable(copied.Schema)
}

// others is who else is connected to the database, whatever for. Sessions of
// ours that have ended may be there still. Parallel workers belong to a session;
// autovacuum is nobody's.
const others = `
	FROM pg_stat_activity WHERE datname = current_database() AND application_name <> current_setting('application_name')
	AND usesysid IS NOT NULL AND leader_pid IS NULL`

const (
	// leaving is how long sessions of servers that were just stopped may take to
	// be gone.
	leaving = 5 * time.Second
	pause   = 100 * time.Millisecond
)

// requireUnused returns ErrInUse, with who uses it, if others stay connected.
func (d *Database) requireUnused(ctx context.Context) error {
	conn, err := d.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }() // it did its work or failed
	for begun := time.Now(); ; {
		rows, err := conn.Query(ctx, "SELECT format('%s from %s (process %s)', nullif(application_name, ''), coalesce(host(client_addr), 'its host'), pid)"+others)
		if err != nil {
			return fmt.Errorf("look for other sessions: %w", err)
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return fmt.Errorf("look for other sessions: %w", err)
		}
		if len(found) == 0 {
			return nil
		}
		if time.Since(begun) > leaving {
			return fmt.Errorf("%w: stop the servers on all hosts, and what else is connected: %s", ErrInUse, strings.Join(found, ", "))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
