package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// A handler's panic ends its request only. The writer must not keep the
// transaction, or no write would ever begin again.
func TestPanicUndoesTheWrite(t *testing.T) { onEach(t, testPanicUndoesTheWrite) }

func testPanicUndoesTheWrite(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Write(t.Context(), func(tx *Tx) error {
			if _, err := tx.Create(t.Context(), node(org, "half", `{}`)); err != nil {
				t.Errorf("create: %v", err)
			}
			panic("bug")
		})
	}()
	if err := s.Create(t.Context(), node(org, "next", `{}`)); err != nil {
		t.Fatalf("write after a panic: %v", err)
	}
	if _, err := s.Object(t.Context(), node(org, "half", "").Ref); !errors.Is(err, ErrNotFound) {
		t.Errorf("what the panicked write made: %v, want ErrNotFound", err)
	}
}

// A follower that is at the head asks for more while somebody writes: that is
// no gap, which would have the index of the organization built anew.
func TestReaderAtTheHeadNeverSeesAGap(t *testing.T) { onEach(t, testReaderAtTheHeadNeverSeesAGap) }

func testReaderAtTheHeadNeverSeesAGap(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		for ctx.Err() == nil {
			o, err := s.Object(t.Context(), node(org, "n", "").Ref)
			if err == nil {
				err = s.Delete(t.Context(), o)
			} else {
				err = s.Create(t.Context(), node(org, "n", `{}`))
			}
			if err != nil {
				t.Errorf("write: %v", err)
				return
			}
		}
	})
	defer writer.Wait()
	defer cancel()
	for range 300 {
		_, heads, err := s.Org(ctx, "acme")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ObjectChanges(ctx, org.ID, heads.Object, 256); err != nil {
			t.Fatalf("changes after the head: %v", err)
		}
	}
}

// Rebuilding many indexes at once must leave connections to requests.
func TestScansLeaveRoomForReads(t *testing.T) { onEach(t, testScansLeaveRoomForReads) }

func testScansLeaveRoomForReads(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	begun, release := make(chan struct{}, DefaultConnections*16), make(chan struct{})
	var scans sync.WaitGroup
	for range DefaultConnections {
		scans.Go(func() {
			_, err := s.ScanSearchable(t.Context(), org.ID, func(Searchable) error {
				begun <- struct{}{}
				<-release
				return nil
			})
			if err != nil {
				t.Errorf("scan: %v", err)
			}
		})
	}
	read := make(chan error, 1)
	for range maxScans {
		<-begun
	}
	go func() {
		_, _, err := s.Org(t.Context(), "acme")
		read <- err
	}()
	select {
	case err := <-read:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("a read waits for scans")
	}
	close(release)
	scans.Wait()
}
