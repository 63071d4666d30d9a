package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// directory makes a directory. One that is there keeps a stricter mode, which
// somebody gave it on purpose, and loses a laxer one.
func (r *run) directory(name string, mode fs.FileMode) error {
	path := r.path(name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // the directories of the system are everybody's to read
			return fmt.Errorf("make directory: %w", err)
		}
		if err := os.Mkdir(path, mode); err != nil {
			return fmt.Errorf("make directory: %w", err)
		}
		r.changed("made %s", name)
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at directory: %w", err)
	}
	if have := info.Mode().Perm(); have&^mode != 0 {
		if err := os.Chmod(path, have&mode); err != nil {
			return fmt.Errorf("set mode: %w", err)
		}
		r.changed("set the mode of %s to %#o", name, have&mode)
	}
	return nil
}

// file gives a file its content and mode, at once and for good: a power cut
// leaves the old one or the new one.
func (r *run) file(name string, content []byte, mode fs.FileMode) error {
	path := r.path(name)
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read what is there: %w", err)
	}
	info, statErr := os.Stat(path)
	if statErr == nil && err == nil && bytes.Equal(old, content) {
		if info.Mode().Perm() == mode {
			return nil
		}
		if err := os.Chmod(path, mode); err != nil {
			return fmt.Errorf("set mode: %w", err)
		}
		r.changed("set the mode of %s to %#o", name, mode)
		return nil
	}
	if err := replace(path, content, mode); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	r.changed("wrote %s", name)
	return nil
}

// serverFile is file for one that the server reads at its start.
func (r *run) serverFile(name string, content []byte, mode fs.FileMode) error {
	old, err := os.ReadFile(r.path(name))
	if err != nil || !bytes.Equal(old, content) {
		if err := r.outdate(); err != nil {
			return err
		}
	}
	return r.file(name, content, mode)
}

func replace(path string, content []byte, mode fs.FileMode) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // as above
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600 until it is whole
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
