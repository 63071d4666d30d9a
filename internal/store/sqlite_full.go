package store

import (
	"context"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tournant/internal/diskspace"
)

// leastRoom is what SQLite's log, the search index and deletions need of a disk,
// in bytes, where that is less than one part in twenty of it.
const leastRoom = 256 << 20

// room counts what was deleted within the file, which does not shrink.
func (d *sqliteDatabase) room(ctx context.Context) error {
	u, err := diskspace.At(d.dir)
	if err != nil {
		return err
	}
	least := min(u.Size/20, leastRoom)
	if u.Available >= least {
		return nil
	}
	var free uint64
	if err := d.queryRow(ctx, "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size", nil, &free); err != nil {
		return err
	}
	if u.Available+free >= least {
		return nil
	}
	return errFull
}

// full takes any error of the disk for a full one where that is: a log's index
// that cannot grow is told as an I/O error.
func (d *sqliteDatabase) full(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return true
	case sqlite3.SQLITE_IOERR:
		u, err := diskspace.At(d.dir)
		return err == nil && u.Available == 0
	}
	return false
}
