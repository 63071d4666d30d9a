package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tournant/internal/store"
	"tournant/internal/store/pgdump"
)

// ErrKind is returned for a backup of the other kind of database.
var ErrKind = errors.New("another kind of database")

// RestoreOptions are what Restore takes besides two places.
type RestoreOptions struct {
	Staging  string // empty directory to unpack into; "" is one in the data directory
	Now      time.Time
	Progress Progress

	// Postgres is where the database is, nil for SQLite's file.
	Postgres *pgdump.Database
}

// The directories of a restore in a data directory; the rest of their names is
// the time, or of the second kind the database's generation. Renaming the first
// or second kind to the third is the moment from which the restore happens,
// whatever becomes of the process; the fourth keeps what was there before.
const (
	unpackedPrefix  = "unpacked-"
	undecidedPrefix = "undecided-" // PostgreSQL may have been restored: see Settle
	restoredPrefix  = "restored-"
	replacedPrefix  = "replaced-"
)

// Replaced is where what a restore replaced is kept.
type Replaced struct {
	Dir    string // the files; "" if there were none
	Schema string // the tables, in the same PostgreSQL database; "" if there were none
}

// restoring is one run of Restore.
type restoring struct {
	RestoreOptions
	dir, ready string
	manifest   *manifest
	unpacked   string // directory that the archive's files are in
}

// Restore puts the state in archive into the data directory dir, whose lock
// the caller holds. Everything is checked first; an archive that is not whole
// is ErrInvalid, store.ErrDamaged or pgdump.ErrDamaged, and has changed nothing.
func Restore(ctx context.Context, archive, dir string, o RestoreOptions) (kept Replaced, err error) {
	if err := Finish(dir); err != nil { // of an earlier one that was cut short
		return kept, err
	}
	stamp := o.Now.UTC().Format("20060102T150405.000000000Z")
	r := &restoring{RestoreOptions: o, dir: dir, ready: filepath.Join(dir, unpackedPrefix+stamp)}
	if err := os.Mkdir(r.ready, 0o700); err != nil {
		return kept, fmt.Errorf("make a place to unpack: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(filepath.Join(dir, unpackedPrefix+stamp))) }()
	if err := r.unpack(ctx, archive); err != nil {
		return kept, err
	}
	if r.manifest.database() == dumpName {
		if kept.Schema, err = r.replaceTables(ctx); err != nil {
			return kept, err
		}
	}
	if err := syncDir(r.ready); err != nil {
		return kept, err
	}
	if err := os.Rename(r.ready, filepath.Join(dir, restoredPrefix+stamp)); err != nil {
		return kept, fmt.Errorf("restore: %w", err)
	}
	if err := Finish(dir); err != nil {
		return kept, err
	}
	kept.Dir = filepath.Join(dir, replacedPrefix+stamp)
	if err := os.Remove(kept.Dir); err == nil { // nothing was replaced
		kept.Dir = ""
	}
	return kept, nil
}

// unpack fills ready with what is in the archive, checked.
func (r *restoring) unpack(ctx context.Context, archive string) error {
	in, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("open backup: %w", err)
	}
	defer in.Close()
	r.unpacked = r.ready
	if r.Staging != "" {
		r.unpacked = r.Staging
		if err := requireEmpty(r.unpacked); err != nil {
			return err
		}
	}
	if r.manifest, err = unpack(ctx, in, r.unpacked, r.Progress, r.accept); err != nil {
		return err
	}
	if r.manifest.database() == store.FileName {
		r.Progress.tell("checking the database", 0, 0)
		if err := store.PrepareRestored(ctx, filepath.Join(r.unpacked, store.FileName), r.Now); err != nil {
			return err
		}
	}
	return r.moveInto(r.ready)
}

// accept refuses an archive whose database this server could not use.
func (r *restoring) accept(m *manifest) error {
	theirs, ours := m.database(), store.FileName
	if r.Postgres != nil {
		ours = dumpName
	}
	if theirs == "" || theirs == ours {
		return nil
	}
	return fmt.Errorf("%w: the backup is of a server on %[2]s and this one is on %[3]s. Restore it into an empty directory of a server on %[2]s, "+
		"start that, and copy its organizations with knife ec backup and knife ec restore", ErrKind, databases[theirs], databases[ours])
}

// moveInto moves what was unpacked, but for what stays where it was unpacked.
func (r *restoring) moveInto(dir string) error {
	if dir == r.unpacked {
		return nil
	}
	for _, f := range r.manifest.Files {
		if f.Name == dumpName {
			continue
		}
		if err := move(filepath.Join(r.unpacked, f.Name), filepath.Join(dir, f.Name)); err != nil {
			return fmt.Errorf("move %s: %w", f.Name, err)
		}
	}
	return nil
}

func requireEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("staging directory: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("staging directory %s is not empty", dir)
	}
	return nil
}

// move renames a file, or copies it to another filesystem.
func move(from, to string) (err error) {
	if err := os.Rename(from, to); !errors.Is(err, syscall.EXDEV) {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return errors.Join(out.Sync(), os.Remove(from))
}
