package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tournant/internal/atomicfile"
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
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // as above
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := atomicfile.Write(path, content, mode); err != nil {
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
