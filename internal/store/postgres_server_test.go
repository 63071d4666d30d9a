package store

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"tournant/internal/pgtest"
)

// A server that forgets what it acknowledged is refused.
func TestForgetfulServerIsRefused(t *testing.T) {
	c, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	}()
	name, err := c.CreateDatabase()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), c.URL(name))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, setting := range []string{"fsync", "full_page_writes"} {
		for _, sql := range []string{"ALTER SYSTEM SET " + setting + " = off", "SELECT pg_reload_conf()"} {
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		await(t, setting+" to be off", func() bool {
			var value string
			err := conn.QueryRow(t.Context(), "SHOW "+setting).Scan(&value)
			return err == nil && value == "off"
		})
		s, err := OpenPostgres(t.Context(), c.URL(name), Options{})
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), setting+" is off") {
			t.Errorf("opened with %s off: %v", setting, err)
		}
		if _, err := conn.Exec(t.Context(), "ALTER SYSTEM RESET "+setting); err != nil {
			t.Fatal(err)
		}
	}
}

// A connection to an address that has moved away is given up in seconds, not
// after the kernel's quarter of an hour.
func TestConnectionsDoNotOutliveTheirServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := dialer().DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Control(func(fd uintptr) {
		ms, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
		if err != nil || int64(ms) != deadAfter.Milliseconds() {
			t.Errorf("gives up after %d ms, %v; want %v", ms, err, deadAfter)
		}
		alive, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_KEEPALIVE)
		if err != nil || alive == 0 {
			t.Errorf("asks for no sign of life: %d, %v", alive, err)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// A connection that the server ended fails no request: it is replaced.
func TestEndedConnectionsAreReplaced(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	var reads sync.WaitGroup
	for range 4 * DefaultConnections { // fill the pool
		reads.Go(func() { _, _ = s.OrgNames(t.Context()) })
	}
	reads.Wait()
	var ended int
	err := s.queryRow(t.Context(), `
		SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`, nil, &ended)
	if err != nil || ended == 0 {
		t.Fatalf("ended %d connections, %v", ended, err)
	}
	for i := range 2 * DefaultConnections {
		if _, err := s.OrgNames(t.Context()); err != nil {
			t.Errorf("read: %v", err)
		}
		if err := s.Create(t.Context(), node(org, fmt.Sprint("n", i), `{}`)); err != nil {
			t.Errorf("write: %v", err)
		}
	}
}
