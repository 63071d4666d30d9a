package ctl

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tournant/internal/atomicfile"
	"tournant/internal/datadir"
)

// replaceKey puts the superuser's key of a restored data directory in the place of
// an installed server's in /etc/opscode, which commands prefer: a key of before the
// restore opens nothing any more. That is kept beside it.
func (a *app) replaceKey(dir string) error {
	key, err := os.ReadFile(filepath.Join(dir, datadir.SuperuserKey))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a person took it away before the backup
	}
	if err != nil {
		return fmt.Errorf("read the superuser's key: %w", err)
	}
	file := a.path(systemConfig, datadir.SuperuserKey)
	old, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && bytes.Equal(old, key) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the superuser's key: %w", err)
	}
	kept := file + "." + a.Now().UTC().Format("20060102T150405Z")
	if err := errors.Join(atomicfile.Write(kept, old, 0o600), atomicfile.Write(file, key, 0o600)); err != nil {
		return fmt.Errorf("replace the superuser's key, with which commands sign: %w", err)
	}
	a.note("%s is the backup's now; the one before is %s. Copy it to every other host of this server.", file, kept)
	return nil
}
