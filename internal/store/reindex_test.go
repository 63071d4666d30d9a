package store

import (
	"errors"
	"os"
	"testing"
)

// TestReindexLeavesAGap holds what makes every index rebuild: whoever followed
// the log up to any point is told that it does not reach back so far, and
// changes after the gap are followed as ever.
func TestReindexLeavesAGap(t *testing.T) { onEach(t, testReindexLeavesAGap) }

func testReindexLeavesAGap(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	for _, name := range []string{"a", "b"} {
		if err := s.Create(t.Context(), node(org, name, `{}`)); err != nil {
			t.Fatal(err)
		}
	}
	_, before, err := s.Org(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Reindex(t.Context(), org); err != nil {
		t.Fatal(err)
	}
	for after := range before.Object + 1 {
		if _, err := s.ObjectChanges(t.Context(), org.ID, after, 10); !errors.Is(err, ErrGap) {
			t.Errorf("after %d: %v, want %v", after, err, ErrGap)
		}
	}
	head, err := s.ScanSearchable(t.Context(), org.ID, func(Searchable) error { return nil })
	if err != nil || head != before.Object+1 {
		t.Errorf("head %d, %v, want %d", head, err, before.Object+1)
	}
	if err := s.Create(t.Context(), node(org, "c", `{}`)); err != nil {
		t.Fatal(err)
	}
	changes, err := s.ObjectChanges(t.Context(), org.ID, head, 10)
	if err != nil || len(changes) != 1 || changes[0].Name != "c" {
		t.Errorf("after the scan: %+v, %v", changes, err)
	}
}

// TestCloseLeavesOneFile: a log that stays would be applied to a database that
// is put in its place.
func TestCloseLeavesOneFile(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.OrgNames(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left: %v, %v, want %s alone", entries, err, FileName)
	}
}
