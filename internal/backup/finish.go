package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tournant/internal/datadir"
	"tournant/internal/store"
)

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
