package backup_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tournant/internal/backup"
	"tournant/internal/datadir"
	"tournant/internal/pgtest"
	"tournant/internal/store"
	"tournant/internal/store/pgdump"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// onPostgres is newServer over PostgreSQL.
func onPostgres(t *testing.T) (s *server, url string) {
	t.Helper()
	url = pgtest.New(t)
	s = &server{dir: t.TempDir()}
	s.openAt(t, url)
	s.fill(t)
	return s, url
}

func (s *server) openAt(t *testing.T, url string) {
	t.Helper()
	var err error
	if s.store, err = store.OpenPostgres(t.Context(), url, store.Options{}); err != nil {
		t.Fatal(err)
	}
}

func at(t *testing.T, url string) *pgdump.Database {
	t.Helper()
	d, err := pgdump.At(url)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func backupPostgres(t *testing.T, s *server, url string) (archive string) {
	t.Helper()
	archive = filepath.Join(t.TempDir(), "backup.tgz")
	if err := backup.Write(t.Context(), s.dir, archive, backup.Options{Version: "test", Now: now, Postgres: at(t, url)}); err != nil {
		t.Fatal(err)
	}
	return archive
}

// Writes go on during the backup: what was acknowledged before is in it, and of
// what came later a whole beginning.
func TestBackupOfPostgresWhileWriting(t *testing.T) {
	s, url := onPostgres(t)
	load := startLoad(s)
	load.reach(50)
	before := load.acknowledged.Load()
	archive := backupPostgres(t, s, url)
	if err := load.stop(); err != nil {
		t.Fatal(err)
	}
	id, first := identity(t, s)
	s.close(t)
	write(t, filepath.Join(s.dir, datadir.SuperuserKey), "changed")
	staging := t.TempDir()
	kept, err := backup.Restore(t.Context(), archive, s.dir, backup.RestoreOptions{Now: now, Postgres: at(t, url), Staging: staging})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(staging); err != nil || len(left) > 0 || kept.Schema == "" {
		t.Errorf("left in the staging directory: %v, %v; kept %+v", left, err, kept)
	}
	if got := read(t, filepath.Join(kept.Dir, datadir.SuperuserKey)); got != "changed" {
		t.Errorf("kept key %q", got)
	}
	if got := read(t, filepath.Join(s.dir, datadir.SuperuserKey)); got != "private "+datadir.SuperuserKey {
		t.Errorf("restored key %q", got)
	}
	s.openAt(t, url)
	defer s.close(t)
	if again, second := identity(t, s); again != id || second <= first {
		t.Errorf("identity %s %d after %s %d, want the same and a later one", again, second, id, first)
	}
	load.check(t, s.nodes(t), before)
}

// A backup of one kind of database is no use to the other, and both are named.
func TestKindsOfDatabases(t *testing.T) {
	file := newServer(t)
	tables, url := onPostgres(t)
	for name, test := range map[string]struct {
		archive string
		to      *server
		o       backup.RestoreOptions
	}{
		"SQLite's into PostgreSQL": {file.backup(t), tables, backup.RestoreOptions{Now: now, Postgres: at(t, url)}},
		"PostgreSQL's into SQLite": {backupPostgres(t, tables, url), file, backup.RestoreOptions{Now: now}},
	} {
		_, err := backup.Restore(t.Context(), test.archive, test.to.dir, test.o)
		if text := fmt.Sprint(err); !errors.Is(err, backup.ErrKind) || !strings.Contains(text, "SQLite") || !strings.Contains(text, "PostgreSQL") || !strings.Contains(text, "knife ec backup") {
			t.Errorf("%s: %v", name, err)
		}
		test.to.close(t)
	}
}

// A copy that is cut or changed is refused before PostgreSQL is told anything.
func TestDamagedArchiveOfPostgres(t *testing.T) {
	s, url := onPostgres(t)
	archive := backupPostgres(t, s, url)
	whole := read(t, archive)
	if err := s.putNode(t.Context(), "later"); err != nil {
		t.Fatal(err)
	}
	s.close(t)
	for name, text := range map[string]string{
		"cut": whole[:len(whole)/2], "cut at the end": whole[:len(whole)-1], "changed": whole[:len(whole)/2] + "x" + whole[len(whole)/2+1:],
	} {
		bad := filepath.Join(t.TempDir(), "bad.tgz")
		write(t, bad, text)
		_, err := backup.Restore(t.Context(), bad, s.dir, backup.RestoreOptions{Now: now, Postgres: at(t, url)})
		if !errors.Is(err, backup.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, backup.ErrInvalid)
		}
	}
	left, err := filepath.Glob(filepath.Join(s.dir, "*-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	s.openAt(t, url)
	defer s.close(t)
	if !s.nodes(t)["later"] {
		t.Error("what was there is gone")
	}
}

// The files of a restore whose process was killed go where the tables went.
func TestSettle(t *testing.T) {
	for generation, want := range map[int64]string{7: "new", 8: "old"} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, datadir.SuperuserKey), "old")
		if err := os.Mkdir(filepath.Join(dir, "undecided-7"), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "undecided-7", datadir.SuperuserKey), "new")
		if err := backup.Finish(dir); err != nil { // which does not know
			t.Fatal(err)
		}
		for range 2 {
			if err := backup.Settle(dir, generation); err != nil {
				t.Fatal(err)
			}
		}
		if got := read(t, filepath.Join(dir, datadir.SuperuserKey)); got != want {
			t.Errorf("generation %d: the key is %s, want %s", generation, got, want)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "undecided*")); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
	}
}
