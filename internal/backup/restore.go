package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"tournant/internal/datadir"
	"tournant/internal/store"
)

// RestoreOptions are what Restore takes besides two places.
type RestoreOptions struct {
	Staging  string // empty directory to unpack into; "" is one in the data directory
	Now      time.Time
	Progress Progress
}

// The directories of a restore in a data directory; the rest of their names is
// the time. Renaming the first kind to the second is the moment from which the
// restore happens, whatever becomes of the process; the third keeps what was
// there before.
const (
	unpackedPrefix = "unpacked-"
	restoredPrefix = "restored-"
	replacedPrefix = "replaced-"
)

// Restore puts the state in archive into the data directory dir, whose lock
// the caller holds, and returns where the files that it replaced are kept:
// "" if there were none. Everything is checked first; an archive that is not
// whole is ErrInvalid or store.ErrDamaged, and has changed nothing.
func Restore(ctx context.Context, archive, dir string, o RestoreOptions) (replaced string, err error) {
	if err := Finish(dir); err != nil { // of an earlier one that was cut short
		return "", err
	}
	stamp := o.Now.UTC().Format("20060102T150405.000000000Z")
	ready := filepath.Join(dir, unpackedPrefix+stamp)
	if err := os.Mkdir(ready, 0o700); err != nil {
		return "", fmt.Errorf("make a place to unpack: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(ready)) }()
	if err := prepare(ctx, archive, ready, o); err != nil {
		return "", err
	}
	if err := syncDir(ready); err != nil {
		return "", err
	}
	if err := os.Rename(ready, filepath.Join(dir, restoredPrefix+stamp)); err != nil {
		return "", fmt.Errorf("restore: %w", err)
	}
	if err := Finish(dir); err != nil {
		return "", err
	}
	kept := filepath.Join(dir, replacedPrefix+stamp)
	if err := os.Remove(kept); err == nil { // nothing was replaced
		return "", nil
	}
	return kept, nil
}

// prepare fills ready with what is in the archive, checked.
func prepare(ctx context.Context, archive, ready string, o RestoreOptions) error {
	in, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("open backup: %w", err)
	}
	defer in.Close()
	staging := ready
	if o.Staging != "" {
		staging = o.Staging
		if err := requireEmpty(staging); err != nil {
			return err
		}
	}
	names, err := unpack(ctx, in, staging, o.Progress)
	if err == nil && slices.Contains(names, store.FileName) {
		o.Progress.tell("checking the database", 0, 0)
		err = store.PrepareRestored(ctx, filepath.Join(staging, store.FileName), o.Now)
	}
	if staging == ready {
		return err
	}
	for _, name := range names {
		if err == nil {
			err = move(filepath.Join(staging, name), filepath.Join(ready, name))
		}
	}
	return err
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

// Finish completes a restore that was cut short after its files were ready,
// and clears away one that was cut short before. The caller holds the lock of
// dir. It does nothing where there is nothing to do.
func Finish(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read data directory: %w", err)
	}
	for _, e := range entries {
		if stamp, ok := strings.CutPrefix(e.Name(), restoredPrefix); ok {
			if err := finish(dir, stamp); err != nil {
				return fmt.Errorf("finish the restore in %s: %w", e.Name(), err)
			}
		}
		if strings.HasPrefix(e.Name(), unpackedPrefix) {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("clear away %s: %w", e.Name(), err)
			}
		}
	}
	return nil
}

// finish moves the files in, each after what it replaces. Every step can be
// taken again from wherever the last attempt stopped.
func finish(dir, stamp string) error {
	restored, replaced := filepath.Join(dir, restoredPrefix+stamp), filepath.Join(dir, replacedPrefix+stamp)
	if err := os.Mkdir(replaced, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	if exists(filepath.Join(restored, store.FileName)) {
		if err := setLogAside(dir, replaced); err != nil {
			return err
		}
	}
	for _, name := range append(configFiles(), store.FileName) {
		if err := replace(dir, restored, replaced, name); err != nil {
			return err
		}
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	return os.RemoveAll(restored)
}

// setLogAside takes away what SQLite would apply to the new database, and the
// index of the old one.
func setLogAside(dir, replaced string) error {
	for _, suffix := range []string{"-wal", "-shm"} {
		err := os.Rename(filepath.Join(dir, store.FileName+suffix), filepath.Join(replaced, store.FileName+suffix))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, datadir.SearchIndex)); err != nil {
		return err
	}
	return errors.Join(syncDir(replaced), syncDir(dir))
}

func replace(dir, restored, replaced, name string) error {
	from, to := filepath.Join(restored, name), filepath.Join(dir, name)
	if !exists(from) {
		return nil
	}
	err := os.Rename(to, filepath.Join(replaced, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(from, to)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
