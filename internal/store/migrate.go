package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// Both databases have the same tables, and a migration of one has a twin of
// the same number.
const (
	sqliteMigrations   = "migrations/sqlite"
	postgresMigrations = "migrations/postgres"
)

// migrate brings a database to the schema of this release.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, dir string, options ...goose.ProviderOption) error {
	provider, err := newProvider(db, dialect, dir, options...)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

func newProvider(db *sql.DB, dialect goose.Dialect, dir string, options ...goose.ProviderOption) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, dir)
	if err != nil {
		return nil, fmt.Errorf("find migrations: %w", err)
	}
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// releaseSchema is the version of the schema that this release brings a
// database to.
func releaseSchema() (int64, error) {
	files, err := fs.Glob(migrations, sqliteMigrations+"/*.sql")
	if err != nil {
		return 0, fmt.Errorf("find migrations: %w", err)
	}
	var last int64
	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			return 0, fmt.Errorf("read migrations: %w", err)
		}
		last = max(last, version)
	}
	return last, nil
}
