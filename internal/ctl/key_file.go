package ctl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// keyTarget is where a private key goes: a file, or standard output.
type keyTarget struct {
	app   *app
	path  string
	file  *os.File // nil is standard output
	fresh bool     // the file was not there before
}

// openKey makes sure that a key can be written before anything is changed: the
// server tells a private key once. An empty path is standard output.
func (a *app) openKey(path string) (*keyTarget, error) {
	t := &keyTarget{app: a, path: path}
	if path == "" {
		return t, nil
	}
	_, err := os.Lstat(path)
	t.fresh = errors.Is(err, fs.ErrNotExist)
	if t.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return nil, fatal("File %s is not writable.  Check permissions.", path)
	}
	return t, nil
}

// write writes the key, readable by its owner only.
func (t *keyTarget) write(key string) error {
	if t.file == nil {
		fmt.Fprint(t.app.Stdout, key)
		return nil
	}
	if err := errors.Join(t.file.Chmod(0o600), t.file.Truncate(0)); err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	if _, err := t.file.WriteString(key); err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	t.fresh = false
	return nil
}

// close removes a file that was made for a key that never came.
func (t *keyTarget) close() error {
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	if t.fresh {
		err = errors.Join(err, os.Remove(t.path))
	}
	return err
}
