package pgtest_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"tournant/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// Databases are empty, apart from each other, and as safe as real ones.
func TestDatabases(t *testing.T) {
	for range 2 {
		conn, err := pgx.Connect(t.Context(), pgtest.New(t))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), "CREATE TABLE only_here ()"); err != nil {
			t.Errorf("not empty: %v", err)
		}
		var fsync string
		if err := conn.QueryRow(t.Context(), "SHOW fsync").Scan(&fsync); err != nil || fsync != "on" {
			t.Errorf("fsync is %s, %v", fsync, err)
		}
	}
}

func TestClusterLeavesNothing(t *testing.T) {
	temp, err := os.MkdirTemp("", "left") // not t.TempDir, into which PostgreSQL's user cannot go
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(temp)
	if err := os.Chmod(temp, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temp)
	c, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(temp)
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
