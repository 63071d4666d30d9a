package backup_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"tournant/internal/backup"
	"tournant/internal/datadir"
	"tournant/internal/store"
)

// TestFinishFromEveryStep stops a restore after each of its steps, as a crash
// would, and finishes it from there.
func TestFinishFromEveryStep(t *testing.T) {
	const pending, kept = "restored-20260102", "replaced-20260102"
	db, wal, pem := store.FileName, store.FileName+"-wal", datadir.SuperuserKey
	steps := []struct{ from, to string }{ // renames that a restore makes, "" makes the directory
		{"", kept},
		{wal, kept + "/" + wal},
		{pem, kept + "/" + pem},
		{pending + "/" + pem, pem},
		{db, kept + "/" + db},
		{pending + "/" + db, db},
	}
	for stop := range len(steps) + 1 {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, pending), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{db, wal, pem} {
			write(t, filepath.Join(dir, name), "old")
		}
		for _, name := range []string{db, pem} {
			write(t, filepath.Join(dir, pending, name), "new")
		}
		for _, s := range steps[:stop] {
			if s.from == "" {
				if err := os.Mkdir(filepath.Join(dir, s.to), 0o700); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := os.Rename(filepath.Join(dir, s.from), filepath.Join(dir, s.to)); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // the second time there is nothing to do
			if err := backup.Finish(dir); err != nil {
				t.Fatalf("stopped after %d steps: %v", stop, err)
			}
		}
		for _, name := range []string{db, pem} {
			if got := read(t, filepath.Join(dir, name)); got != "new" {
				t.Errorf("stopped after %d steps: %s is the %s one", stop, name, got)
			}
			if got := read(t, filepath.Join(dir, kept, name)); got != "old" {
				t.Errorf("stopped after %d steps: the kept %s is the %s one", stop, name, got)
			}
		}
		for _, name := range []string{wal, pending} {
			if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("stopped after %d steps: %s is still there: %v", stop, name, err)
			}
		}
	}
}

// TestFinishClearsWhatWasNotReady removes a restore that was cut short while
// it unpacked.
func TestFinishClearsWhatWasNotReady(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, store.FileName), "old")
	if err := os.Mkdir(filepath.Join(dir, "unpacked-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "unpacked-1", store.FileName), "half")
	if err := backup.Finish(dir); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); len(got) != 1 || got[filepath.Join(dir, store.FileName)] != "old" {
		t.Errorf("left: %v", got)
	}
}
