package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// session runs do as the superuser, over the socket. The server's port is in
// the socket's name.
func (c *Cluster) session(ctx context.Context, s Settings, do func(*pgx.Conn) error) (err error) {
	cfg, err := pgx.ParseConfig("")
	if err != nil {
		return err
	}
	// Nothing of the environment counts here.
	cfg.Host, cfg.Port, cfg.Database, cfg.User, cfg.Password = c.Socket, uint16(s.Port), Superuser, Superuser, ""
	cfg.TLSConfig, cfg.Fallbacks = nil, nil
	cfg.RuntimeParams = map[string]string{"application_name": "tournant-ha"}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	return do(conn)
}

// ErrNotReady is returned by Ready while the server does not take writes.
var ErrNotReady = errors.New("PostgreSQL does not take writes")

// Ready returns nil if the server takes writes: it has one small record synced
// to its log.
func (c *Cluster) Ready(ctx context.Context, s Settings) error {
	return c.session(ctx, s, func(conn *pgx.Conn) error {
		var recovering bool
		if err := conn.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&recovering); err != nil {
			return fmt.Errorf("%w: %w", ErrNotReady, err)
		}
		if recovering {
			return fmt.Errorf("%w: it is in recovery", ErrNotReady)
		}
		// A transactional message is flushed by its commit like any change.
		if _, err := conn.Exec(ctx, "SELECT pg_logical_emit_message(true, 'tournant', 'ready')"); err != nil {
			return fmt.Errorf("%w: %w", ErrNotReady, err)
		}
		return nil
	})
}

// Checkpoint writes what is only in memory and the log, so that little is left
// to do when the server stops.
func (c *Cluster) Checkpoint(ctx context.Context, s Settings) error {
	return c.session(ctx, s, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "CHECKPOINT"); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
		return nil
	})
}

// Reload has the server read its files again.
func (c *Cluster) Reload(ctx context.Context, s Settings) error {
	return c.session(ctx, s, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "SELECT pg_reload_conf()"); err != nil {
			return fmt.Errorf("reload: %w", err)
		}
		return nil
	})
}

// Postmaster is the process of a server that runs over the cluster, or 0. That
// of a server that was killed is in its file still, and is no process or
// another's.
func (c *Cluster) Postmaster() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.Data, lockFile))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for PostgreSQL's process: %w", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return 0, fmt.Errorf("look for PostgreSQL's process: postmaster.pid begins with %q", first)
	}
	// It has its directory as its working directory.
	there, err1 := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	here, err2 := os.Stat(c.Data)
	if errors.Join(err1, err2) != nil || !os.SameFile(there, here) {
		return 0, nil //nolint:nilerr // it ended
	}
	return pid, nil
}
