package backup_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tournant/internal/backup"
	"tournant/internal/chef"
	"tournant/internal/datadir"
	"tournant/internal/store"
)

const key = "-----BEGIN PUBLIC KEY-----\ntest\n-----END PUBLIC KEY-----\n"

var now = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

// server is a data directory with a database that has one organization.
type server struct {
	dir   string
	store *store.Store
	org   *store.Org
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{dir: filepath.Join(t.TempDir(), "data with a ? and %41")}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.open(t)
	s.fill(t)
	return s
}

// fill makes what a server's place has.
func (s *server) fill(t *testing.T) {
	t.Helper()
	_, err := s.store.Found(t.Context(), func() (store.Founding, error) {
		return store.Founding{SuperuserKey: key, WebUIKey: key, PresignKey: "secret"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	pivotal, err := s.store.User(t.Context(), store.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	err = s.store.CreateOrg(t.Context(), store.NewOrg{Name: "acme", FullName: "Acme", Creator: pivotal.ID, ValidatorKey: key})
	if err != nil {
		t.Fatal(err)
	}
	if s.org, _, err = s.store.Org(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{datadir.SuperuserKey, datadir.WebUIKey} {
		write(t, filepath.Join(s.dir, name), "private "+name)
	}
}

func (s *server) open(t *testing.T) {
	t.Helper()
	var err error
	if s.store, err = store.Open(t.Context(), s.dir, store.Options{}); err != nil {
		t.Fatal(err)
	}
}

func (s *server) close(t *testing.T) {
	t.Helper()
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
}

func (s *server) putNode(ctx context.Context, name string) error {
	return s.store.Create(ctx, store.NewObject{
		Ref:         store.Ref{Org: s.org.ID, Type: chef.TypeNode, Name: name},
		Environment: "_default", Plain: []byte(`{"name":"` + name + `","pad":"` + strings.Repeat(name, 500) + `"}`),
	})
}

func (s *server) nodes(t *testing.T) map[string]bool {
	t.Helper()
	names, err := s.store.Names(t.Context(), s.org.ID, chef.TypeNode, "")
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

func (s *server) backup(t *testing.T) (archive string) {
	t.Helper()
	archive = filepath.Join(t.TempDir(), "backup.tgz")
	if err := backup.Write(t.Context(), s.dir, archive, backup.Options{Version: "test", Now: now}); err != nil {
		t.Fatal(err)
	}
	return archive
}

func (s *server) restore(t *testing.T, archive string) (replaced string) {
	t.Helper()
	kept, err := backup.Restore(t.Context(), archive, s.dir, backup.RestoreOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return kept.Dir
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// load writes node after node, numbered, without a pause.
type load struct {
	acknowledged atomic.Int64
	end          chan struct{}
	ended        chan error
}

func startLoad(s *server) *load {
	l := &load{end: make(chan struct{}), ended: make(chan error, 1)}
	go func() {
		for i := 0; ; i++ {
			select {
			case <-l.end:
				l.ended <- nil
				return
			default:
			}
			if err := s.putNode(context.Background(), loadName(int64(i))); err != nil {
				l.ended <- err
				return
			}
			l.acknowledged.Store(int64(i + 1))
		}
	}()
	return l
}

func loadName(i int64) string { return fmt.Sprintf("node-%06d", i) }

func (l *load) reach(n int64) {
	for l.acknowledged.Load() < n && len(l.ended) == 0 {
		time.Sleep(time.Millisecond)
	}
}

func (l *load) stop() error {
	close(l.end)
	return <-l.ended
}

// check requires all that was acknowledged before a backup, and of what came
// later nothing but its beginning.
func (l *load) check(t *testing.T, got map[string]bool, before int64) {
	t.Helper()
	t.Logf("%d writes before the backup, %d in all, %d in it", before, l.acknowledged.Load(), len(got))
	for i := range before {
		if !got[loadName(i)] {
			t.Fatalf("%s was acknowledged before the backup and is not in it", loadName(i))
		}
	}
	for i := range int64(len(got)) {
		if !got[loadName(i)] {
			t.Fatalf("%d nodes were restored, but not %s", len(got), loadName(i))
		}
	}
}

// TestBackupWhileWriting writes without a pause and backs up amid it: whatever
// was acknowledged before is in the copy, and the copy is a whole database.
func TestBackupWhileWriting(t *testing.T) {
	s := newServer(t)
	load := startLoad(s)
	load.reach(200)
	before := load.acknowledged.Load()
	archive := s.backup(t)
	if err := load.stop(); err != nil {
		t.Fatal(err)
	}
	s.close(t)
	fresh := &server{dir: t.TempDir(), org: s.org}
	fresh.restore(t, archive)
	fresh.open(t)
	defer fresh.close(t)
	load.check(t, fresh.nodes(t), before)
}

func TestRestoreReplacesAndKeeps(t *testing.T) {
	s := newServer(t)
	if err := s.putNode(t.Context(), "old"); err != nil {
		t.Fatal(err)
	}
	archive := s.backup(t)
	if info, err := os.Stat(archive); err != nil || info.Mode() != 0o600 {
		t.Errorf("archive: %v, %v, want mode 0600", info, err)
	}
	if err := s.putNode(t.Context(), "new"); err != nil {
		t.Fatal(err)
	}
	id, first := identity(t, s)
	s.close(t)
	write(t, filepath.Join(s.dir, datadir.SuperuserKey), "changed")
	if err := os.MkdirAll(filepath.Join(s.dir, datadir.SearchIndex, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	replaced := s.restore(t, archive)
	if got := read(t, filepath.Join(replaced, datadir.SuperuserKey)); got != "changed" {
		t.Errorf("kept key %q", got)
	}
	if got := read(t, filepath.Join(s.dir, datadir.SuperuserKey)); got != "private "+datadir.SuperuserKey {
		t.Errorf("restored key %q", got)
	}
	if _, err := os.Stat(filepath.Join(s.dir, datadir.SearchIndex)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old search index: %v, want it gone", err)
	}
	s.open(t)
	if got := s.nodes(t); !got["old"] || got["new"] {
		t.Errorf("nodes %v, want only the old one", got)
	}
	again, second := identity(t, s)
	if again != id || second <= first {
		t.Errorf("identity %s %d after %s %d, want the same and a later one", again, second, id, first)
	}
	s.close(t)

	later := backup.RestoreOptions{Now: now.Add(time.Second)}
	if _, err := backup.Restore(t.Context(), archive, s.dir, later); err != nil {
		t.Fatal(err)
	}
	s.open(t)
	defer s.close(t)
	if _, third := identity(t, s); third <= second {
		t.Errorf("generation %d after %d: the same backup restored twice must look different", third, second)
	}
}

func identity(t *testing.T, s *server) (string, int64) {
	t.Helper()
	id, generation, err := s.store.DatabaseID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id, generation
}

func TestStagingDirectory(t *testing.T) {
	s := newServer(t)
	archive := s.backup(t)
	s.close(t)
	staging := t.TempDir()
	o := backup.RestoreOptions{Now: now, Staging: staging}
	if _, err := backup.Restore(t.Context(), archive, s.dir, o); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(staging, "x"), "")
	if _, err := backup.Restore(t.Context(), archive, s.dir, o); err == nil {
		t.Error("a staging directory that is not empty was taken")
	}
}

func TestConfigOnly(t *testing.T) {
	s := newServer(t)
	archive := filepath.Join(t.TempDir(), "config.tgz")
	if err := backup.Write(t.Context(), s.dir, archive, backup.Options{Now: now, ConfigOnly: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.putNode(t.Context(), "kept"); err != nil {
		t.Fatal(err)
	}
	s.close(t)
	write(t, filepath.Join(s.dir, datadir.WebUIKey), "changed")
	s.restore(t, archive)
	if got := read(t, filepath.Join(s.dir, datadir.WebUIKey)); got != "private "+datadir.WebUIKey {
		t.Errorf("restored key %q", got)
	}
	s.open(t)
	defer s.close(t)
	if got := s.nodes(t); !got["kept"] {
		t.Errorf("nodes %v: a backup of the configuration replaced the data", got)
	}
}

func TestBackupReplacesNothing(t *testing.T) {
	s := newServer(t)
	defer s.close(t)
	archive := s.backup(t)
	err := backup.Write(t.Context(), s.dir, archive, backup.Options{Now: now})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("second backup of that name: %v, want %v", err, fs.ErrExist)
	}
	entries, err := os.ReadDir(filepath.Dir(archive))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the archive: %v, %v", entries, err)
	}
}
