package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrDamaged is returned for a database file that cannot be restored.
var ErrDamaged = errors.New("database is damaged")

// PrepareRestored checks every page of the database in file, which nobody may
// have open, and gives it a restore generation that no index has seen. A file
// that is not a whole database is ErrDamaged; one whose schema this release
// does not know is refused.
func PrepareRestored(ctx context.Context, file string, now time.Time) (err error) {
	db, err := sql.Open("sqlite", dsn(file, "rw", ""))
	if err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if err := checkIntegrity(ctx, db); err != nil {
		return err
	}
	if err := checkSchema(ctx, db); err != nil {
		return err
	}
	return nextGeneration(ctx, db, now)
}

func checkIntegrity(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "PRAGMA integrity_check(10)")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer rows.Close()
	found, err := scanAll(rows, scanString)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if len(found) != 1 || found[0] != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, strings.Join(found, "; "))
	}
	return nil
}

// CheckRestorable refuses the schema of a release that this one knows nothing
// of: a SchemaError. One that is too old can be upgraded where it is.
func CheckRestorable(version int64) error {
	release, err := releaseSchema()
	if err != nil || version <= release {
		return err
	}
	return Schema{version, release}.check()
}

// checkSchema is CheckRestorable for a database.
func checkSchema(ctx context.Context, db *sql.DB) error {
	var version int64
	if err := db.QueryRowContext(ctx, schemaVersion).Scan(&version); err != nil {
		return fmt.Errorf("%w: it has no schema version: %w", ErrDamaged, err)
	}
	return CheckRestorable(version)
}

// nextGeneration makes indexes rebuild. Counting alone would not do: the same
// copy restored twice would have the same generation twice, with different
// histories after it.
func nextGeneration(ctx context.Context, db *sql.DB, now time.Time) error {
	var text string
	err := db.QueryRowContext(ctx, "SELECT CAST(value AS TEXT) FROM setting WHERE name = ?", SettingRestore).Scan(&text)
	if err != nil {
		return fmt.Errorf("%w: read the restore generation: %w", ErrDamaged, err)
	}
	last, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: read the restore generation: %w", ErrDamaged, err)
	}
	next := strconv.FormatInt(max(last+1, now.UnixNano()), 10)
	if _, err := db.ExecContext(ctx, "UPDATE setting SET value = ? WHERE name = ?", []byte(next), SettingRestore); err != nil {
		return fmt.Errorf("set the restore generation: %w", err)
	}
	return nil
}
