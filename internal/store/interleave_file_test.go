package store

import (
	"testing"
	"time"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// A file keeps its content although the sweeper looked at its upload just
// before it was published.
func TestPublicationMeetsSweeping(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	ctx := t.Context()
	upload, err := s.BeginUpload(ctx)
	if err == nil {
		err = s.AddChunk(ctx, upload, 0, []byte("x"))
	}
	if err != nil {
		t.Fatal(err)
	}
	both(t, s, func(tx *Tx) error { return tx.publish(ctx, org.ID, sumA, upload, 1) }, func() error {
		_, err := s.SweepUpload(ctx, upload, 8)
		return err
	})
	if _, _, err := s.FileChunk(ctx, upload, 0); err != nil {
		t.Errorf("content of a published file: %v", err)
	}
}

// Files that a sandbox has just made the organization's are not abandoned.
func TestSandboxMeetsForgetting(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	s, org := openOrg(t, onPostgres, Options{Now: func() time.Time { return now }})
	ctx := t.Context()
	box, _, err := s.CreateSandbox(ctx, org.ID, []string{sumA, sumB})
	for _, sum := range []string{sumA, sumB} {
		if err == nil {
			err = s.StoreFile(ctx, org.ID, sum, []byte("x"))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	// Forgetting has dropped one file already and is not done.
	first, second := interleave(t, s, func(tx *Tx) error {
		_, err := tx.exec(ctx, "DELETE FROM file WHERE checksum = ?", sumA)
		return err
	}, func() error {
		_, missing, err := s.CommitSandbox(ctx, org.ID, box.ID)
		if err == nil && len(missing) != 1 {
			t.Errorf("missing %v, want %s", missing, sumA)
		}
		return err
	})
	if first != nil || second != nil {
		t.Errorf("%v, %v", first, second)
	}
}

// A version that is added while the last other one is deleted stays.
func TestVersionMeetsTheEndOfItsCookbook(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	ctx := t.Context()
	if err := s.CreateCookbook(ctx, org.ID, cookbook(t, "1.0.0"), authz.Everyone(nil, nil)); err != nil {
		t.Fatal(err)
	}
	book, old := mustFind(t, s, org, "1.0.0")
	both(t, s, func(tx *Tx) error {
		if err := tx.unchanged(ctx, book); err != nil {
			return err
		}
		return tx.addCookbookVersion(ctx, book, cookbook(t, "2.0.0"))
	}, func() error { return s.DeleteCookbookVersion(ctx, book, old.ID) })
	mustFind(t, s, org, "2.0.0")
}

// A file that a manifest has just named is not dropped with the last other
// manifest that did.
func TestManifestMeetsTheEndOfAnother(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	ctx := t.Context()
	upload(t, s, org, sumA)
	artifact := &chef.CookbookArtifact{Name: "apt", Identifier: "1", Checksums: []string{sumA}, Document: []byte(`{}`)}
	if err := s.CreateArtifact(ctx, org.ID, artifact, authz.Everyone(nil, nil)); err != nil {
		t.Fatal(err)
	}
	old, err := s.Artifact(ctx, org.ID, "apt", "1")
	if err != nil {
		t.Fatal(err)
	}
	book := mustMake(t, s, Ref{Org: org.ID, Type: chef.TypeCookbook, Name: "apt"})
	both(t, s, func(tx *Tx) error { return tx.addCookbookVersion(ctx, book, cookbook(t, "1.0.0", sumA)) },
		func() error { return s.DeleteArtifact(ctx, old) })
	if there := filesThere(t, s, org); len(there) != 1 {
		t.Errorf("files %v, want the one that a manifest names", there)
	}
}

// Two first versions of an artifact may come at once.
func TestFirstVersionsMeet(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	ctx := t.Context()
	ref := Ref{Org: org.ID, Type: chef.TypeCookbookArtifact, Name: "apt"}
	both(t, s, func(tx *Tx) error {
		_, err := tx.findOrCreate(ctx, ref, authz.Everyone(nil, nil))
		return err
	}, func() error {
		return s.CreateArtifact(ctx, org.ID, &chef.CookbookArtifact{Name: "apt", Identifier: "2", Document: []byte(`{}`)}, authz.Everyone(nil, nil))
	})
	if _, err := s.Artifact(ctx, org.ID, "apt", "2"); err != nil {
		t.Error(err)
	}
}
