package atomicfile_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tournant/internal/atomicfile"
	"tournant/internal/storage/storagetest"
)

func TestWrite(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	for _, c := range []struct {
		name     string
		before   fs.FileMode // 0: there is none
		mode     fs.FileMode
		uid, gid int
		owner    [2]uint32
	}{
		{"new", 0, 0o644, -1, -1, [2]uint32{0, 0}},
		{"stricter than before", 0o666, 0o600, -1, -1, [2]uint32{0, 0}},
		{"laxer than before", 0o400, 0o755, -1, -1, [2]uint32{0, 0}},
		{"another's", 0o600, 0o640, 12345, 54321, [2]uint32{12345, 54321}},
		{"another group's", 0, fs.ModeSetgid | 0o750, -1, 54321, [2]uint32{0, 54321}},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "file")
			if c.before != 0 {
				if err := os.WriteFile(name, []byte("a longer content before"), c.before); err != nil {
					t.Fatal(err)
				}
			}
			if err := atomicfile.WriteAs(name, []byte("now"), c.mode, c.uid, c.gid); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(name)
			if err != nil || string(content) != "now" {
				t.Errorf("got %q, %v, want %q", content, err, "now")
			}
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode(); got != c.mode {
				t.Errorf("mode %v, want %v", got, c.mode)
			}
			sys := info.Sys().(*syscall.Stat_t)
			if got := [2]uint32{sys.Uid, sys.Gid}; got != c.owner {
				t.Errorf("owner %v, want %v", got, c.owner)
			}
			alone(t, name)
		})
	}
}

// alone fails unless a file is all that its directory holds.
func alone(t *testing.T, name string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(name) {
		t.Errorf("the directory holds %v, %v, want %s alone", entries, err, filepath.Base(name))
	}
}

func TestAFailureLeavesWhatWasThere(t *testing.T) {
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			taken := filepath.Join(t.TempDir(), "taken")
			if err := os.MkdirAll(filepath.Join(taken, "full"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := write(taken, []byte("x"), 0o600); err == nil {
				t.Error("a directory was replaced")
			}
			alone(t, taken)
			if err := write(filepath.Join(taken, "none", "file"), nil, 0o600); err == nil {
				t.Error("a directory was made")
			}
		})
	}
}

func TestAFullDiskLeavesWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	storagetest.Run(t, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir)
	t.Cleanup(func() { storagetest.Unmount(t, dir) })
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, "file")
			if err := write(file, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := write(file, make([]byte, 1<<20), 0o600); !errors.Is(err, unix.ENOSPC) {
				t.Errorf("got %v, want %v", err, unix.ENOSPC)
			}
			if got, err := os.ReadFile(file); err != nil || string(got) != "old" {
				t.Errorf("got %q, %v, want what was there", got, err)
			}
			alone(t, file)
		})
	}
}

var writers = map[string]func(string, []byte, fs.FileMode) error{
	"Write": atomicfile.Write, "WriteVolatile": atomicfile.WriteVolatile,
}

// Whoever reads while it is written finds one of the contents.
func TestReadersFindItWhole(t *testing.T) {
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "file")
			contents := [][]byte{bytes.Repeat([]byte("a"), 1<<20), bytes.Repeat([]byte("b"), 1<<10)}
			if err := write(file, contents[0], 0o600); err != nil {
				t.Fatal(err)
			}
			var writing sync.WaitGroup
			done := make(chan struct{})
			for _, content := range contents {
				writing.Go(func() {
					for range 50 {
						if err := write(file, content, 0o600); err != nil {
							t.Error(err)
						}
					}
				})
			}
			go func() { writing.Wait(); close(done) }()
			for {
				got, err := os.ReadFile(file)
				if err != nil || !bytes.Equal(got, contents[0]) && !bytes.Equal(got, contents[1]) {
					t.Fatalf("read %d bytes, %v", len(got), err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
}
