package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

const (
	sumA = "0000000000000000000000000000000a"
	sumB = "0000000000000000000000000000000b"
	sumC = "0000000000000000000000000000000c"
)

// cookbook is a version of "apt" with these files.
func cookbook(t *testing.T, version string, sums ...string) *chef.CookbookVersion {
	t.Helper()
	body := fmt.Appendf(nil, `{"name":"apt-%s","cookbook_name":"apt","metadata":{"version":"%s"},"all_files":[`, version, version)
	for i, sum := range sums {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"name":"f%d","path":"f%d","checksum":"%s","specificity":"default"}`, i, i, sum)
	}
	c, err := chef.ParseCookbookVersion(append(body, `]}`...), "apt", version, true)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// upload stores and commits files, as a sandbox does.
func upload(t *testing.T, s *Store, org *Org, sums ...string) {
	t.Helper()
	box, _, err := s.CreateSandbox(t.Context(), org.ID, sums)
	if err != nil {
		t.Fatal(err)
	}
	for _, sum := range sums {
		if err := s.StoreFile(t.Context(), org.ID, sum, []byte(sum)); err != nil {
			t.Fatal(err)
		}
	}
	if _, missing, err := s.CommitSandbox(t.Context(), org.ID, box.ID); err != nil || missing != nil {
		t.Fatalf("commit: %v, missing %v", err, missing)
	}
}

func filesThere(t *testing.T, s *Store, org *Org) []string {
	t.Helper()
	var there []string
	for _, sum := range []string{sumA, sumB, sumC} {
		_, err := s.File(t.Context(), org.ID, sum)
		switch {
		case err == nil:
			there = append(there, sum[31:])
		case !errors.Is(err, ErrNotFound):
			t.Fatal(err)
		}
	}
	return there
}

func mustFind(t *testing.T, s *Store, org *Org, version string) (*Object, *CookbookVersion) {
	t.Helper()
	v, err := chef.ParseVersion(version)
	if err != nil {
		t.Fatal(err)
	}
	object, row, err := s.CookbookVersion(t.Context(), org.ID, "apt", v)
	if err != nil || object == nil || row == nil {
		t.Fatalf("apt %s: %v %v %v", version, object, row, err)
	}
	return object, row
}

// A file goes when the last manifest that names it does, whichever kind it is,
// and no sooner.
func TestFilesLiveAsLongAsAManifestNamesThem(t *testing.T) {
	onEach(t, testFilesLiveAsLongAsAManifestNamesThem)
}

func testFilesLiveAsLongAsAManifestNamesThem(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	upload(t, s, org, sumA, sumB, sumC)
	if err := s.CreateCookbook(ctx, org.ID, cookbook(t, "1.0.0", sumA, sumB), authz.ACL{}); err != nil {
		t.Fatal(err)
	}
	object, first := mustFind(t, s, org, "1.0.0")
	if err := s.AddCookbookVersion(ctx, object, cookbook(t, "2.0.0", sumB, sumC)); err != nil {
		t.Fatal(err)
	}
	body := `{"name":"apt","identifier":"1","all_files":[{"name":"x","checksum":"` + sumC + `"}]}`
	a, err := chef.ParseCookbookArtifact([]byte(body), "apt", "1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateArtifact(ctx, org.ID, a, authz.ACL{}); err != nil {
		t.Fatal(err)
	}
	artifact, err := s.Artifact(ctx, org.ID, "apt", "1")
	if err != nil {
		t.Fatal(err)
	}
	_, second := mustFind(t, s, org, "2.0.0")
	for _, step := range []struct {
		title string
		do    func() error
		left  []string
	}{
		{"update", func() error { return s.UpdateCookbookVersion(ctx, object, first, cookbook(t, "1.0.0", sumB)) }, []string{"b", "c"}},
		{"delete 2.0.0", func() error { return s.DeleteCookbookVersion(ctx, object, second.ID) }, []string{"b", "c"}},
		{"delete the artifact", func() error { return s.DeleteArtifact(ctx, artifact) }, []string{"b"}},
		{"delete 1.0.0", func() error { return s.DeleteCookbookVersion(ctx, object, first.ID) }, nil},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.title, err)
		}
		if got := filesThere(t, s, org); !slices.Equal(got, step.left) {
			t.Errorf("%s leaves %v, want %v", step.title, got, step.left)
		}
	}
	if _, err := s.Object(ctx, object.Ref); !errors.Is(err, ErrNotFound) {
		t.Errorf("the cookbook outlives its last version: %v", err)
	}
}

func TestManifestNeedsCommittedFiles(t *testing.T) { onEach(t, testManifestNeedsCommittedFiles) }

func testManifestNeedsCommittedFiles(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	upload(t, s, org, sumA)
	if err := s.StoreFile(ctx, org.ID, sumB, nil); err != nil { // in no committed sandbox
		t.Fatal(err)
	}
	var unknown *UnknownChecksum
	err := s.CreateCookbook(ctx, org.ID, cookbook(t, "1.0.0", sumA, sumB), authz.ACL{})
	if !errors.As(err, &unknown) || unknown.Checksum != sumB {
		t.Fatalf("got %v", err)
	}
	if object, _, err := s.CookbookVersion(ctx, org.ID, "apt", chef.Version{Major: 1}); err != nil || object != nil {
		t.Errorf("a refused creation left %v, %v", object, err)
	}
}

// A write that was decided on what has changed since is refused.
func TestCookbookWritesNoticeBeingOvertaken(t *testing.T) {
	onEach(t, testCookbookWritesNoticeBeingOvertaken)
}

func testCookbookWritesNoticeBeingOvertaken(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	create := func() error { return s.CreateCookbook(ctx, org.ID, cookbook(t, "1.0.0"), authz.ACL{}) }
	if err := create(); err != nil {
		t.Fatal(err)
	}
	if err := create(); !errors.Is(err, ErrOvertaken) {
		t.Errorf("second creation: %v", err)
	}
	object, row := mustFind(t, s, org, "1.0.0")
	if err := s.AddCookbookVersion(ctx, object, cookbook(t, "1.0.0")); !errors.Is(err, ErrOvertaken) {
		t.Errorf("adding a version that is there: %v", err)
	}
	frozen := cookbook(t, "1.0.0")
	frozen.Freeze()
	if err := s.UpdateCookbookVersion(ctx, object, row, frozen); err != nil {
		t.Fatal(err)
	}
	upload(t, s, org, sumA)
	if err := s.UpdateCookbookVersion(ctx, object, row, cookbook(t, "1.0.0", sumA)); !errors.Is(err, ErrOvertaken) {
		t.Errorf("update of an older edition: %v", err)
	}
	_, row = mustFind(t, s, org, "1.0.0")
	if !row.Frozen || row.Edition != 2 {
		t.Errorf("got %+v", row)
	}
	if err := s.DeleteCookbookVersion(ctx, object, row.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.AddCookbookVersion(ctx, object, cookbook(t, "2.0.0")); !errors.Is(err, ErrOvertaken) {
		t.Errorf("adding to a cookbook that is gone: %v", err)
	}
}

func TestSandboxCommit(t *testing.T) { onEach(t, testSandboxCommit) }

func testSandboxCommit(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	upload(t, s, org, sumA)
	box, known, err := s.CreateSandbox(ctx, org.ID, []string{sumB, sumA, sumC})
	if err != nil || !known[sumA] || known[sumB] {
		t.Fatalf("known %v, %v", known, err)
	}
	if err := s.StoreFile(ctx, org.ID, sumB, nil); err != nil {
		t.Fatal(err)
	}
	_, missing, err := s.CommitSandbox(ctx, org.ID, box.ID)
	if err != nil || !slices.Equal(missing, []string{sumC}) {
		t.Fatalf("missing %v, %v", missing, err)
	}
	if err := s.StoreFile(ctx, org.ID, sumC, nil); err != nil {
		t.Fatal(err)
	}
	got, missing, err := s.CommitSandbox(ctx, org.ID, box.ID)
	if err != nil || missing != nil || !slices.Equal(got.Checksums, box.Checksums) {
		t.Fatalf("%v, missing %v, %v", got, missing, err)
	}
	if _, _, err := s.CommitSandbox(ctx, org.ID, box.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("second commit: %v", err)
	}
}
