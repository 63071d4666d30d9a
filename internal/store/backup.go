package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// copyPages is how many pages a step of Copy takes: small enough to tell of
// progress and to be stopped, large enough to cost nothing.
const copyPages = 2048

// Copy writes the database in dir, as of one moment, into the new file dst,
// which only its owner can read. A server may use the database meanwhile:
// it is held up by nothing, and what it acknowledged before is in the copy.
// progress, if set, is called with pages copied and pages in all. It returns the
// version of the copy's schema.
func Copy(ctx context.Context, dir, dst string, progress func(done, total int)) (schema int64, err error) {
	file, err := os.OpenFile(dst, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("copy database: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	db, err := sql.Open("sqlite", dsn(filepath.Join(dir, FileName), "rw", "&_pragma=query_only(1)"))
	if err != nil {
		return 0, fmt.Errorf("copy database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if schema, err = copyTo(ctx, db, dst, progress); err != nil {
		return 0, fmt.Errorf("copy database: %w", err)
	}
	return schema, file.Sync()
}

// copyTo copies within a read transaction, so that commits of others neither
// change the copy nor make SQLite begin anew.
func copyTo(ctx context.Context, db *sql.DB, dst string, progress func(done, total int)) (schema int64, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return 0, err
	}
	// The transaction is of the moment of its first read.
	if err := conn.QueryRowContext(ctx, schemaVersion).Scan(&schema); err != nil {
		return 0, err
	}
	err = conn.Raw(func(driver any) error {
		source, ok := driver.(interface {
			NewBackup(dst string) (*sqlite.Backup, error)
		})
		if !ok {
			return fmt.Errorf("the driver %T makes no backups", driver)
		}
		b, err := source.NewBackup("file:" + escapePath(dst) + "?mode=rw&_pragma=synchronous(OFF)")
		if err != nil {
			return err
		}
		return errors.Join(step(ctx, b, progress), b.Finish())
	})
	_, rollback := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return schema, errors.Join(err, rollback)
}

func step(ctx context.Context, b *sqlite.Backup, progress func(done, total int)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		more, err := b.Step(copyPages)
		if err != nil {
			return err
		}
		if progress != nil {
			progress(b.PageCount()-b.Remaining(), b.PageCount())
		}
		if !more {
			return nil
		}
	}
}
