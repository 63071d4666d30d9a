package storagetest

import (
	"os"
	"path/filepath"
	"testing"
)

// Sys is a tree such as the kernel shows in /sys, by the paths of its files.
type Sys map[string]string

// Write makes the tree and returns its root. A name that ends in a slash is a
// directory.
func (s Sys) Write(tb testing.TB) string {
	tb.Helper()
	root := tb.TempDir()
	for name, content := range s {
		path := filepath.Join(root, name)
		dir := filepath.Dir(path)
		if name[len(name)-1] == '/' {
			dir = path
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			tb.Fatal(err)
		}
		if dir == path {
			continue
		}
		if err := os.WriteFile(path, []byte(content+"\n"), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return root
}
