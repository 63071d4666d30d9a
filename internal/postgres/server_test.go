package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"tournant/internal/postgres"
	"tournant/internal/store"
)

// address is that of the database for an API server.
func (r *running) address(password, sslmode string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(r.settings.Role, password),
		Host: fmt.Sprintf("%s:%d", r.settings.Address, r.settings.Port), Path: "/" + r.settings.Database,
	}
	u.RawQuery = url.Values{"sslmode": {sslmode}}.Encode()
	return u.String()
}

// super runs do as PostgreSQL's superuser.
func (r *running) super(t *testing.T, do func(ctx context.Context, conn *pgx.Conn)) {
	t.Helper()
	ctx := patience(t)
	conn, err := pgx.Connect(ctx, fmt.Sprintf("host=%s port=%d user=postgres database=postgres sslmode=disable", r.Socket, r.settings.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	do(ctx, conn)
}

func (r *running) exec(t *testing.T, statements ...string) {
	t.Helper()
	r.super(t, func(ctx context.Context, conn *pgx.Conn) {
		for _, s := range statements {
			if _, err := conn.Exec(ctx, s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	})
}

// The settings are what the running server has, whatever a person wrote on the
// volume.
func TestSettings(t *testing.T) {
	r := prepare(t)
	own, err := os.OpenFile(filepath.Join(r.Data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := own.WriteString("fsync = off\nwork_mem = '7MB'\nmax_connections = 3\nlisten_addresses = '*'\n"); err != nil {
		t.Fatal(err)
	}
	if err := own.Close(); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	r.exec(t, "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET synchronous_commit = off", "ALTER SYSTEM SET full_page_writes = off",
		"ALTER SYSTEM SET data_sync_retry = on", "ALTER SYSTEM SET listen_addresses = '*'", "ALTER SYSTEM SET log_min_duration_statement = '9s'")
	if err := r.units.Stop(patience(t), postgres.Unit); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	for name, want := range map[string]string{
		"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "data_sync_retry": "off",
		"checkpoint_timeout": "1min", "max_wal_size": "512MB", "listen_addresses": "127.0.0.1", "ssl": "on",
		"unix_socket_directories": r.Socket, "hba_file": filepath.Join(r.Conf, "pg_hba.conf"), "data_directory": r.Data,
		"data_checksums": "on", "server_encoding": "UTF8", "lc_collate": "C", "lc_ctype": "C", "password_encryption": "scram-sha-256",
		"max_connections": "101", "shared_buffers": "128MB", "tcp_user_timeout": "0", // of this session, which is by the socket
		"work_mem":                         "7MB", // from the volume
		"log_min_duration_statement":       "9s",  // by ALTER SYSTEM
		"client_connection_check_interval": "1s", "logging_collector": "off",
	} {
		r.super(t, func(ctx context.Context, conn *pgx.Conn) {
			var got string
			if err := conn.QueryRow(ctx, "SHOW "+name).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %s, %v, want %s", name, got, err, want)
			}
		})
	}
}

// Who comes in, and how.
func TestWhoComesIn(t *testing.T) {
	r := prepare(t)
	r.start(t)
	for range 2 { // again changes nothing
		if err := r.Provision(patience(t), r.settings, password); err != nil {
			t.Fatal(err)
		}
	}
	socket := func(role, database string) string {
		return fmt.Sprintf("host=%s port=%d user=%s database=%s sslmode=disable", r.Socket, r.settings.Port, role, database)
	}
	for _, test := range []struct {
		what, address, refused string
	}{
		{"the API server of a frontend", r.address(password, "require"), ""},
		{"with another password", r.address("other", "require"), "28P01"},
		{"without TLS", r.address(password, "disable"), "28000"},
		{"to another database", strings.Replace(r.address(password, "require"), "/tournant", "/postgres", 1), "28000"},
		{"as the superuser", strings.Replace(r.address(password, "require"), "opscode-pgsql", "postgres", 1), "28000"},
		{"the API server of this host", socket("opscode-pgsql", "tournant"), ""},
		{"root as the superuser", socket("postgres", "tournant"), ""},
		{"this host's API server to another database", socket("opscode-pgsql", "postgres"), "28000"},
	} {
		conn, err := pgx.Connect(patience(t), test.address)
		if err == nil {
			_ = conn.Close(patience(t))
		}
		if test.refused == "" && err != nil || test.refused != "" && (err == nil || !strings.Contains(err.Error(), test.refused)) {
			t.Errorf("%s: %v, want %q", test.what, err, test.refused)
		}
	}
	if err := r.Provision(patience(t), r.settings, "changed"); err != nil {
		t.Fatal(err)
	}
	if conn, err := pgx.Connect(patience(t), r.address("changed", "require")); err != nil {
		t.Errorf("with a changed password: %v", err)
	} else if err := conn.Close(patience(t)); err != nil {
		t.Error(err)
	}
	if strings.Contains(r.said(t), password) {
		t.Error("the log has the password")
	}
}

// The store of the API server works with the role as it is made.
func TestStoreOverIt(t *testing.T) {
	r := prepare(t)
	r.start(t)
	if err := r.Provision(patience(t), r.settings, password); err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenPostgres(patience(t), r.address(password, "require"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// What was acknowledged outlives a kill of all processes at any moment, and a
// start that follows at once waits for what was there before.
func TestKilledDuringWrites(t *testing.T) {
	r := prepare(t)
	r.start(t)
	if err := r.Provision(patience(t), r.settings, password); err != nil {
		t.Fatal(err)
	}
	r.exec(t, "CREATE TABLE acknowledged (n bigint)", "GRANT ALL ON acknowledged TO PUBLIC")
	acknowledged := 0
	for round := range 3 {
		written := make(chan int)
		enough := make(chan struct{})
		go func() {
			last := acknowledged
			defer func() { written <- last }()
			conn, err := pgx.Connect(context.Background(), fmt.Sprintf("host=%s port=%d user=postgres database=postgres", r.Socket, r.settings.Port))
			if err != nil {
				t.Error(err)
				close(enough)
				return
			}
			for i := 1; ; i++ {
				if _, err := conn.Exec(context.Background(), "INSERT INTO acknowledged VALUES ($1)", last+1); err != nil {
					return
				}
				last++
				if i == 50 {
					close(enough)
				}
			}
		}()
		<-enough
		before, err := r.Postmaster()
		if err != nil || before == 0 {
			t.Fatalf("postmaster: %d, %v", before, err)
		}
		if round == 0 { // of the parent alone, as by a person; its children end by themselves
			err = unix.Kill(before, unix.SIGKILL)
		} else {
			err = r.units.Kill(patience(t), postgres.Unit)
		}
		if err != nil {
			t.Fatal(err)
		}
		acknowledged = <-written
		r.start(t)
		r.super(t, func(ctx context.Context, conn *pgx.Conn) {
			var got int
			// The last insert may have happened without being acknowledged.
			if err := conn.QueryRow(ctx, "SELECT count(*) FROM acknowledged").Scan(&got); err != nil || got < acknowledged || got > acknowledged+1 {
				t.Errorf("round %d: %d rows, %v, of %d acknowledged", round, got, err, acknowledged)
			}
			acknowledged = got
		})
	}
	if !strings.Contains(r.said(t), "automatic recovery in progress") {
		t.Error("there was no recovery")
	}
}

// A fast stop ends sessions, leaves nothing to recover, and what was found of
// the server is found no more.
func TestStop(t *testing.T) {
	r := prepare(t)
	if err := r.Ready(patience(t), r.settings); err == nil {
		t.Error("ready before it runs")
	}
	r.start(t)
	r.super(t, func(ctx context.Context, conn *pgx.Conn) {
		if err := r.Checkpoint(patience(t), r.settings); err != nil {
			t.Error(err)
		}
		if err := r.Reload(patience(t), r.settings); err != nil {
			t.Error(err)
		}
		if err := r.units.Stop(patience(t), postgres.Unit); err != nil { // with a session open
			t.Fatal(err)
		}
		if err := conn.Ping(ctx); err == nil {
			t.Error("the session goes on")
		}
	})
	state, err := r.units.State(t.Context(), postgres.Unit)
	if err != nil || state.Active || state.Failed {
		t.Errorf("stopped: %+v, %v", state, err)
	}
	if pid, err := r.Postmaster(); err != nil || pid != 0 {
		t.Errorf("postmaster %d, %v", pid, err)
	}
	if !strings.Contains(r.said(t), "database system is shut down") {
		t.Error("it did not shut down")
	}
	r.start(t)
	if strings.Contains(r.said(t), "automatic recovery") {
		t.Error("it recovered after a clean stop")
	}
}

// A server that does not take writes is not ready: while it recovers, and
// when it cannot write its log.
func TestNotReady(t *testing.T) {
	r := prepare(t)
	r.start(t)
	if err := r.Ready(patience(t), r.settings); err != nil {
		t.Fatal(err)
	}
	if err := r.units.Stop(patience(t), postgres.Unit); err != nil {
		t.Fatal(err)
	}
	signal := filepath.Join(r.Data, "standby.signal")
	if err := os.WriteFile(signal, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(patience(t))
	defer cancel()
	started := make(chan error, 1)
	go func() { started <- r.units.Start(ctx, postgres.Unit) }()
	for {
		err := r.Ready(ctx, r.settings)
		if errors.Is(err, postgres.ErrNotReady) && strings.Contains(err.Error(), "in recovery") {
			break
		}
		if err == nil || ctx.Err() != nil {
			t.Fatalf("a standby of PostgreSQL: %v, want %v", err, postgres.ErrNotReady)
		}
		time.Sleep(10 * time.Millisecond) // it is starting
	}
	cancel()
	if err := <-started; !errors.Is(err, context.Canceled) {
		t.Errorf("started: %v, want %v", err, context.Canceled)
	}
}
