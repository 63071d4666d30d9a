package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tournant/internal/store/pgdump"
)

// replaceTables puts the tables in place, and leaves the files that go with
// them ready. Tables and files cannot change in one step: between the two, the
// name of the files' directory says which generation they belong to.
func (r *restoring) replaceTables(ctx context.Context) (aside string, err error) {
	dump := filepath.Join(r.unpacked, dumpName)
	defer func() { _ = os.Remove(dump) }() // of no use any more, wherever it was unpacked
	r.Progress.tell("checking the database", 0, 0)
	made := *r.manifest.Postgres
	made.Schema = r.manifest.Schema
	restore, err := r.Postgres.Prepare(ctx, dump, made, r.Now)
	if err != nil {
		return "", err
	}
	undecided := filepath.Join(r.dir, undecidedPrefix+strconv.FormatInt(restore.Generation, 10))
	if err := os.Mkdir(undecided, 0o700); err != nil {
		return "", fmt.Errorf("make a place for the files: %w", err)
	}
	r.unpacked, r.ready = r.ready, undecided
	if err := errors.Join(r.moveInto(undecided), syncDir(undecided), syncDir(r.dir)); err != nil {
		return "", errors.Join(err, os.RemoveAll(undecided))
	}
	err = restore.Run(ctx, func(done, total int64) { r.Progress.tell("restoring the database", done, total) })
	if err != nil && !errors.Is(err, pgdump.ErrUncertain) {
		err = errors.Join(err, os.RemoveAll(undecided))
	}
	return restore.Aside, err
}

// Settle is Finish for what only the database can tell, whose generation it is
// given: the files of a restore that was cut short just when PostgreSQL had
// been told to commit. The caller holds the lock of dir.
func Settle(dir string, generation int64) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read data directory: %w", err)
	}
	for _, e := range entries {
		of, ok := strings.CutPrefix(e.Name(), undecidedPrefix)
		if !ok {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if of == strconv.FormatInt(generation, 10) {
			err = os.Rename(path, filepath.Join(dir, restoredPrefix+of))
		} else {
			err = os.RemoveAll(path)
		}
		if err != nil {
			return fmt.Errorf("settle the restore in %s: %w", e.Name(), err)
		}
	}
	return Finish(dir)
}
