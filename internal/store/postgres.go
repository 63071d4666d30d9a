package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"golang.org/x/sys/unix"
)

// postgresDatabase is a database that any number of servers share.
type postgresDatabase struct {
	// Who writes may wait for another writer of the same organization, and
	// holds a connection meanwhile. Reads have others.
	reads, writes *sql.DB
	connections   *connections
	asking        *pgx.ConnConfig // for asking whether it is there
	session       string          // application_name of all that the pools open, and of nothing else
	identity      identity

	texts sync.Map // our text of a statement → PostgreSQL's
}

// DefaultConnections is how many connections a server has to PostgreSQL.
const DefaultConnections = 20

// LeastConnections leave one to reads while all scans of organizations run.
const LeastConnections = 2 * (maxScans + 1)

// poolSizes parts connections into those that read and those that write.
func poolSizes(connections int) (reads, writes int) {
	writes = connections / 2
	return connections - writes, writes
}

// minVersion is PostgreSQL 15.
const minVersion = 150000

func openPostgres(ctx context.Context, cfg *pgx.ConnConfig, opts Options) (_ *postgresDatabase, err error) {
	d := newPostgres(cfg, opts.Connections)
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open database %s on %s: %w", cfg.Database, cfg.Host, err), d.close())
		}
	}()
	if err := checkServer(ctx, d.reads); err != nil {
		return nil, err
	}
	return d, prepare(ctx, d.reads, postgresTables, func() error {
		if opts.Founded {
			return ErrNotFounded
		}
		return migratePostgres(ctx, cfg)
	})
}

// postgresTables tells whether a database has any of our tables.
const postgresTables = "SELECT to_regclass('setting') IS NOT NULL"

func newPostgres(cfg *pgx.ConnConfig, size int) *postgresDatabase {
	d := &postgresDatabase{
		connections: &connections{open: map[*connection]struct{}{}}, asking: cfg,
		session: sessionName(cfg.RuntimeParams["application_name"]),
	}
	d.identity.replaced = make(chan struct{})
	pooled := cfg.Copy()
	pooled.DialFunc = d.connections.dial
	pooled.RuntimeParams["application_name"] = d.session
	reads, writes := poolSizes(size)
	d.reads = pool(pooled, reads, stdlib.OptionAfterConnect(d.begun))
	d.writes = pool(pooled, writes, stdlib.OptionAfterConnect(d.begun))
	return d
}

// begun is told of each new session of the pools.
func (d *postgresDatabase) begun(ctx context.Context, session *pgx.Conn) error {
	began(session.PgConn().Conn())
	return d.identity.check(ctx, session)
}

func pool(cfg *pgx.ConnConfig, size int, options ...stdlib.OptionOpenDB) *sql.DB {
	db := stdlib.OpenDB(*cfg, options...)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db
}

// sessionDefaults end what would otherwise wait for ever. The URL may set them.
func sessionDefaults() map[string]string {
	return map[string]string{
		"application_name":  "tournant",
		"statement_timeout": "30s",
		"lock_timeout":      "20s",
		// What a server of ours that is gone left behind must not hold others
		// up for long. Whoever was only slow runs again.
		"idle_in_transaction_session_timeout": "3s",
		"client_connection_check_interval":    "1s",
		"tcp_user_timeout":                    "3s",
		"tcp_keepalives_idle":                 "1s",
		"tcp_keepalives_interval":             "1s",
		"tcp_keepalives_count":                "2",
	}
}

func postgresConfig(url string) (*pgx.ConnConfig, error) {
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return nil, errors.New("the database must be a postgres:// URL")
	}
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database's URL: %w", err)
	}
	for name, value := range sessionDefaults() {
		if _, given := cfg.RuntimeParams[name]; !given {
			cfg.RuntimeParams[name] = value
		}
	}
	// What was acknowledged is on the disk, whatever the server's default is.
	cfg.RuntimeParams["synchronous_commit"] = "on"
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	cfg.DialFunc = dialer().DialContext
	return cfg, nil
}

const (
	connectTimeout = 5 * time.Second

	// deadAfter is how long a server may leave what we sent without any sign
	// before the connection counts as dead.
	deadAfter = 3 * time.Second
)

// dialer makes connections that notice when the other side is gone without a
// word: a moved address answers nothing at all.
func dialer() *net.Dialer {
	return &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 2},
		Control: func(network, _ string, c syscall.RawConn) (err error) {
			if !strings.HasPrefix(network, "tcp") {
				return nil
			}
			controlled := c.Control(func(fd uintptr) {
				err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(deadAfter.Milliseconds()))
			})
			return errors.Join(err, controlled)
		},
	}
}

// checkServer refuses a server that would lose what it acknowledged, or that
// keeps text in another way.
func checkServer(ctx context.Context, db *sql.DB) error {
	var number string
	if err := db.QueryRowContext(ctx, "SHOW server_version_num").Scan(&number); err != nil {
		return err
	}
	if version, err := strconv.Atoi(number); err != nil || version < minVersion {
		return fmt.Errorf("PostgreSQL has version number %s, want %d or more", number, minVersion)
	}
	for _, want := range [][2]string{
		{"synchronous_commit", "on"}, {"fsync", "on"}, {"full_page_writes", "on"}, {"server_encoding", "UTF8"},
	} {
		var value string
		if err := db.QueryRowContext(ctx, "SHOW "+want[0]).Scan(&value); err != nil {
			return err
		}
		if value != want[1] {
			return fmt.Errorf("PostgreSQL's %s is %s, want %s", want[0], value, want[1])
		}
	}
	return nil
}

// migratePostgres migrates under a lock: of the servers that start at once,
// one does it and the others wait.
func migratePostgres(ctx context.Context, cfg *pgx.ConnConfig) (err error) {
	patient := cfg.Copy()
	patient.RuntimeParams["statement_timeout"] = "0" // a large table takes its time
	db := pool(patient, 2)
	defer func() { err = errors.Join(err, db.Close()) }()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, migrationWait))
	if err != nil {
		return fmt.Errorf("lock migrations: %w", err)
	}
	return migrate(ctx, db, goose.DialectPostgres, postgresMigrations, goose.WithSessionLocker(locker))
}

// migrationWait is in seconds.
const migrationWait = 300

// UpgradePostgres brings the database at a postgres:// URL to the schema of
// this release, and returns what it had and what it has. Servers may go on
// using it. A database that nobody has used yet is ErrNotFound.
func UpgradePostgres(ctx context.Context, url string) (from, to Schema, err error) {
	cfg, err := postgresConfig(url)
	if err != nil {
		return from, to, err
	}
	db := pool(cfg, 1)
	defer func() {
		if err = errors.Join(err, db.Close()); err != nil {
			err = fmt.Errorf("upgrade database %s on %s: %w", cfg.Database, cfg.Host, err)
		}
	}()
	if err := checkServer(ctx, db); err != nil {
		return from, to, err
	}
	return upgrade(ctx, db, postgresTables, func() error { return migratePostgres(ctx, cfg) })
}

func (d *postgresDatabase) close() error { return errors.Join(d.reads.Close(), d.writes.Close()) }

func (d *postgresDatabase) ping(ctx context.Context) error { return d.reads.PingContext(ctx) }

func (d *postgresDatabase) schema(ctx context.Context) (version int64, err error) {
	err = d.queryRow(ctx, schemaVersion, nil, &version)
	return version, err
}

func (d *postgresDatabase) checkpoint(context.Context) error { return nil }

func (d *postgresDatabase) checkIntegrity(context.Context) error {
	return fmt.Errorf("%w: check PostgreSQL with pg_amcheck", ErrNotHere)
}
