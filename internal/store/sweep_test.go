package store

import (
	"errors"
	"testing"
	"time"
)

// An upload that took so long that it is being swept must not be published
// without the chunks that are gone, nor be swept once it is published.
func TestSweepAndPublishExcludeEachOther(t *testing.T) {
	onEach(t, testSweepAndPublishExcludeEachOther)
}

func testSweepAndPublishExcludeEachOther(t *testing.T, db testDatabase) {
	now := time.Unix(1_700_000_000, 0)
	s, org := openOrg(t, db, Options{Now: func() time.Time { return now }})
	ctx := t.Context()
	begin := func() int64 {
		id, err := s.BeginUpload(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for start := range int64(3) {
			if err := s.AddChunk(ctx, id, start, []byte{'x'}); err != nil {
				t.Fatal(err)
			}
		}
		return id
	}
	swept, published := begin(), begin()
	now = now.Add(time.Hour)
	if list, err := s.Unnamed(ctx, 60); err != nil || len(list) != 2 {
		t.Fatalf("unnamed: %v, %v", list, err)
	}
	if done, err := s.SweepUpload(ctx, swept, 1); done || err != nil {
		t.Fatalf("sweep: %v, %v", done, err)
	}
	if err := s.PublishFile(ctx, org.ID, "aa", swept, 3); !errors.Is(err, ErrNotFound) {
		t.Errorf("publish what is being swept: %v, want ErrNotFound", err)
	}
	if err := s.PublishFile(ctx, org.ID, "bb", published, 3); err != nil {
		t.Fatal(err)
	}
	if done, err := s.SweepUpload(ctx, published, 8); !done || err != nil {
		t.Errorf("sweep what is published: %v, %v, want nothing to do", done, err)
	}
	for at := range int64(3) {
		if start, _, err := s.FileChunk(ctx, published, at); err != nil || start != at {
			t.Errorf("chunk at %d: found %d, %v", at, start, err)
		}
	}
}
