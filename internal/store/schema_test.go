package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"tournant/internal/pgtest"
)

// schemaPlace is an empty database of one kind, and what can be done with it.
type schemaPlace struct {
	name    string
	dialect goose.Dialect
	dir     string // of migrations
	raw     func(*testing.T) *sql.DB
	open    func(*testing.T, Options) (*Store, error)
	upgrade func(context.Context) (from, to Schema, err error)
}

func onEachSchema(t *testing.T, test func(*testing.T, schemaPlace)) {
	t.Helper()
	dir, url := t.TempDir(), pgtest.New(t)
	for _, place := range []schemaPlace{
		{
			"sqlite", goose.DialectSQLite3, sqliteMigrations,
			func(t *testing.T) *sql.DB { return opened(t, "sqlite", dsn(filepath.Join(dir, FileName), "rwc", "")) },
			func(t *testing.T, o Options) (*Store, error) { return Open(t.Context(), dir, o) },
			func(ctx context.Context) (Schema, Schema, error) { return Upgrade(ctx, dir) },
		},
		{
			"postgres", goose.DialectPostgres, postgresMigrations,
			func(t *testing.T) *sql.DB { return opened(t, "pgx", url) },
			func(t *testing.T, o Options) (*Store, error) { return OpenPostgres(t.Context(), url, o) },
			func(ctx context.Context) (Schema, Schema, error) { return UpgradePostgres(ctx, url) },
		},
	} {
		t.Run(place.name, func(t *testing.T) { test(t, place) })
	}
}

func opened(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// raise pretends that there is one migration more.
func raise(t *testing.T, s *Store) {
	t.Helper()
	err := s.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.exec(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) SELECT max(version_id) + 1, TRUE FROM goose_db_version")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func foundTest(t *testing.T, s *Store) {
	t.Helper()
	_, err := s.Found(t.Context(), func() (Founding, error) { return Founding{SuperuserKey: "k", WebUIKey: "k", PresignKey: "s"}, nil })
	if err != nil {
		t.Fatal(err)
	}
}

// A release works on the schema of the release to come and says so; further
// ahead it refuses, and a server that runs is not well any more.
func TestSchemaAhead(t *testing.T) {
	onEachSchema(t, func(t *testing.T, db schemaPlace) {
		if _, _, err := db.upgrade(t.Context()); err == nil {
			t.Error("an upgrade of a database that nobody has founded")
		}
		s, err := db.open(t, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		foundTest(t, s)
		before, err := s.Schema(t.Context())
		if err != nil || before.Version != before.Release {
			t.Fatalf("schema of a new database: %+v, %v", before, err)
		}
		raise(t, s)
		var log bytes.Buffer
		next, err := db.open(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatalf("one ahead: %v", err)
		}
		defer next.Close()
		if !strings.Contains(log.String(), "install it on this server too") || s.Ping(t.Context()) != nil {
			t.Errorf("one ahead: %v, log %s", s.Ping(t.Context()), log.String())
		}
		if from, to, err := db.upgrade(t.Context()); err != nil || from != to || from.Version != before.Release+1 {
			t.Errorf("upgrade by the release before: %+v, %+v, %v; want nothing done", from, to, err)
		}
		raise(t, s)
		for what, err := range map[string]error{"open": openError(t, db), "ping": s.Ping(t.Context()), "upgrade": upgradeError(t, db)} {
			wantSchemaError(t, what, err, "install the release that upgraded it")
		}
	})
}

// A database that is there keeps its schema until somebody upgrades it, under
// the servers that use it.
func TestSchemaBehind(t *testing.T) {
	onEachSchema(t, func(t *testing.T, db schemaPlace) {
		release, err := releaseSchema()
		if err != nil {
			t.Fatal(err)
		}
		raw := db.raw(t)
		provider, err := newProvider(raw, db.dialect, db.dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := provider.UpTo(t.Context(), release-1); err != nil {
			t.Fatal(err)
		}
		_, err = raw.ExecContext(t.Context(), "INSERT INTO setting (name, value) VALUES ('database_id', 'x'), ('restore_generation', '0')")
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		s, err := db.open(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if got, err := s.Schema(t.Context()); err != nil || got.Version != release-1 || !strings.Contains(log.String(), "run chef-server-ctl upgrade") {
			t.Errorf("opened on %+v, %v, want version %d; log %s", got, err, release-1, log.String())
		}
		if from, to, err := db.upgrade(t.Context()); err != nil || from.Version != release-1 || to.Version != release {
			t.Errorf("upgraded from %+v to %+v, %v", from, to, err)
		}
		if from, to, err := db.upgrade(t.Context()); err != nil || from != to || to.Version != release {
			t.Errorf("upgraded again from %+v to %+v, %v", from, to, err)
		}
		if got, err := s.Schema(t.Context()); err != nil || got.Version != release {
			t.Errorf("the server sees %+v, %v", got, err)
		}
	})
}

// A release works on its own schema, the one before and the one after.
func TestSchemaWindow(t *testing.T) {
	for version, advice := range map[int64]string{3: "chef-server-ctl upgrade", 4: "", 5: "", 6: "", 7: "install the release that upgraded it"} {
		err := Schema{version, 5}.check()
		if advice == "" && err != nil {
			t.Errorf("schema %d: %v", version, err)
		}
		if advice != "" {
			wantSchemaError(t, fmt.Sprint("schema ", version), err, advice)
		}
	}
}

func openError(t *testing.T, db schemaPlace) error {
	t.Helper()
	s, err := db.open(t, Options{})
	if err == nil {
		_ = s.Close()
	}
	return err
}

func upgradeError(t *testing.T, db schemaPlace) error {
	t.Helper()
	_, _, err := db.upgrade(t.Context())
	return err
}

func wantSchemaError(t *testing.T, what string, err error, advice string) {
	t.Helper()
	var schema *SchemaError
	if !errors.As(err, &schema) || !strings.Contains(fmt.Sprint(err), advice) {
		t.Errorf("%s: %v; want a SchemaError with %q", what, err, advice)
	}
}
