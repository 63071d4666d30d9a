package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// keep writes a file that survives a power cut from when keep returns: a
// database whose superuser's key was lost would be of no use.
func keep(file string, data []byte, mode os.FileMode) (err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// A file that was there before may be open to others.
	if err := errors.Join(f.Chmod(mode), f.Truncate(0)); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if _, err := f.Write(data); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return errors.Join(f.Sync(), syncDir(filepath.Dir(file)))
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return errors.Join(f.Sync(), f.Close())
}
