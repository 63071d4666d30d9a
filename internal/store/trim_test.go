package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

func TestTrimmedLogTellsReadersThatFellBehind(t *testing.T) {
	onEach(t, testTrimmedLogTellsReadersThatFellBehind)
}

func testTrimmedLogTellsReadersThatFellBehind(t *testing.T, db testDatabase) {
	var now atomic.Int64
	now.Store(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	s, org := openOrg(t, db, Options{Now: func() time.Time { return time.Unix(now.Load(), 0) }})
	ctx := t.Context()
	for i := range trimBatch + 10 {
		if err := s.Create(ctx, node(org, fmt.Sprintf("old%d", i), "{}")); err != nil {
			t.Fatalf("create: %v", err)
		}
	}
	_, old, _ := s.Org(ctx, "acme")
	now.Add(int64(KeepChanges/time.Second) + 1)
	if err := s.Create(ctx, node(org, "new", "{}")); err != nil {
		t.Fatalf("create: %v", err)
	}
	if err := s.TrimChanges(ctx); err != nil {
		t.Fatalf("trim: %v", err)
	}
	if changes, err := s.ObjectChanges(ctx, org.ID, old.Object, 10); err != nil || len(changes) != 1 {
		t.Errorf("changes of today: %v, %v; want one", changes, err)
	}
	if _, err := s.ObjectChanges(ctx, org.ID, old.Object-1, 10); !errors.Is(err, ErrGap) {
		t.Errorf("reader from yesterday: %v, want ErrGap", err)
	}
	if _, ok, err := s.AuthzChanges(ctx, org.ID, 0, old.Authz); ok || err != nil {
		t.Errorf("cache from yesterday: %v, %v; want not ok", ok, err)
	}
}

func TestOnlyTheOwnerReadsTheDatabase(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer s.Close()
	files, err := filepath.Glob(filepath.Join(dir, FileName+"*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, %v; want the database and its log", files, err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v; want 0600", file, info.Mode(), err)
		}
	}
}

// A clock that is set back makes a log with a hole in it, which no reader may
// take for all of the log.
func TestLogTrimmedInTheMiddleTellsItsReaders(t *testing.T) {
	onEach(t, testLogTrimmedInTheMiddleTellsItsReaders)
}

func testLogTrimmedInTheMiddleTellsItsReaders(t *testing.T, db testDatabase) {
	var now atomic.Int64
	now.Store(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC).Unix())
	s, org := openOrg(t, db, Options{Now: func() time.Time { return time.Unix(now.Load(), 0) }})
	ctx := t.Context()
	_, before, _ := s.Org(ctx, "acme")
	for i, hours := range []int64{0, -2, 2} {
		now.Add(hours * 3600)
		if err := s.Create(ctx, node(org, fmt.Sprint("n", i), "{}")); err != nil {
			t.Fatalf("create: %v", err)
		}
	}
	now.Add(int64(KeepChanges/time.Second) - 3600)
	if err := s.TrimChanges(ctx); err != nil {
		t.Fatalf("trim: %v", err)
	}
	_, after, _ := s.Org(ctx, "acme")
	if _, ok, err := s.CookbookChanges(ctx, org.ID, before, after); ok || err != nil {
		t.Errorf("cookbooks: %v, %v; want not ok", ok, err)
	}
	if _, err := s.ObjectChanges(ctx, org.ID, before.Object, 10); !errors.Is(err, ErrGap) {
		t.Errorf("objects: %v, want ErrGap", err)
	}
}
