package main

import (
	"os"
	"path/filepath"
	"testing"

	"tournant/internal/datadir"
)

// A private key that takes the place of a file is not left readable as that was.
func TestFoundedKeysAreTheOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	keys := []string{datadir.SuperuserKey, datadir.WebUIKey, datadir.TLSKey}
	for _, name := range keys {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	startServer(t, place{data: dir}, "self-signed")()
	for _, name := range keys {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want a key with mode 0600", name, info, err)
		}
	}
}
