package store

import (
	"context"
	"database/sql"
	"fmt"
)

// Schema tells the tables that a database has from those that this release
// would make: a number that each migration raises by one. A release works on
// its own, on the one before and on the one after, so that servers can be
// replaced one by one and the database in between.
type Schema struct{ Version, Release int64 }

// SchemaError is returned for a database that this release does not work on.
type SchemaError struct{ Schema }

func (e *SchemaError) Error() string {
	text := fmt.Sprintf("the database has schema %d, and this release works on %d to %d: ", e.Version, max(1, e.Release-1), e.Release+1)
	if e.Version < e.Release {
		return text + "run chef-server-ctl upgrade once no server of an older release runs on it"
	}
	return text + "install the release that upgraded it, or restore a backup from before"
}

// check returns a SchemaError unless this release works on the schema.
func (s Schema) check() error {
	if s.Version < s.Release-1 || s.Version > s.Release+1 {
		return &SchemaError{s}
	}
	return nil
}

const schemaVersion = "SELECT max(version_id) FROM goose_db_version WHERE is_applied"

// foundedSchema returns the version of the schema of a database that somebody
// has founded, else 0. tables is a query whether it has any of ours.
func foundedSchema(ctx context.Context, db *sql.DB, tables string) (version int64, err error) {
	var there bool
	if err := db.QueryRowContext(ctx, tables).Scan(&there); err != nil || !there {
		return 0, err
	}
	founded := "SELECT count(*) > 0 FROM setting WHERE name = '" + settingDatabaseID + "'"
	if err := db.QueryRowContext(ctx, founded).Scan(&there); err != nil || !there {
		return 0, err
	}
	err = db.QueryRowContext(ctx, schemaVersion).Scan(&version)
	return version, err
}

// prepare makes the tables of a database that nobody has founded yet, by up.
// Others stay as they are: only Upgrade changes what servers may be using.
func prepare(ctx context.Context, db *sql.DB, tables string, up func() error) error {
	version, err := foundedSchema(ctx, db, tables)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if version == 0 {
		return up()
	}
	release, err := releaseSchema()
	if err != nil {
		return err
	}
	return Schema{version, release}.check()
}

// upgrade is prepare for a database that somebody has founded: it is brought
// to the schema of this release.
func upgrade(ctx context.Context, db *sql.DB, tables string, up func() error) (from, to Schema, err error) {
	if from.Version, err = foundedSchema(ctx, db, tables); err != nil {
		return from, to, fmt.Errorf("read the schema's version: %w", err)
	}
	if from.Release, err = releaseSchema(); err != nil {
		return from, to, err
	}
	if from.Version == 0 {
		return from, to, fmt.Errorf("%w: no server has used this database yet; the first to start makes its tables", ErrNotFound)
	}
	if from.Version > from.Release { // of a release to come: nothing to do, or nothing that we know
		return from, from, from.check()
	}
	if err := up(); err != nil {
		return from, to, err
	}
	to = from
	to.Version, err = foundedSchema(ctx, db, tables)
	return from, to, err
}

// Schema returns the schema that the database has now. One that this release
// does not work on is a SchemaError.
func (s *Store) Schema(ctx context.Context) (Schema, error) {
	release, err := releaseSchema()
	if err != nil {
		return Schema{}, err
	}
	schema := Schema{Release: release}
	if schema.Version, err = s.db.schema(ctx); err != nil {
		return schema, fmt.Errorf("read the schema's version: %w", err)
	}
	return schema, schema.check()
}

// tellSchema warns of a schema that is not this release's.
func (s *Store) tellSchema(ctx context.Context) {
	switch schema, err := s.Schema(ctx); {
	case err != nil || schema.Version == schema.Release:
	case schema.Version < schema.Release:
		s.opts.Log.Warn("the database has the schema of the release before: run chef-server-ctl upgrade once every server runs this release",
			"schema", schema.Version, "release", schema.Release)
	default:
		s.opts.Log.Warn("the database has the schema of the release to come: install it on this server too",
			"schema", schema.Version, "release", schema.Release)
	}
}
