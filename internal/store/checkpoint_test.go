package store

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The log stays short under any number of writes, with readers about.
func TestCheckpointsBoundTheLog(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	const page, chunk = 4 << 10, 1 << 20
	data := bytes.Repeat([]byte{7}, chunk)
	for i := range int64(3 * maxLogPages * page / chunk) {
		if err := s.AddChunk(t.Context(), 1, i*chunk, data); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.FileChunk(t.Context(), 1, i*chunk); err != nil {
			t.Fatal(err)
		}
		if i%8 == 0 {
			if err := s.Checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	log, err := os.Stat(filepath.Join(dir, FileName+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	if most := int64(maxLogPages*page + 32<<20); log.Size() > most {
		t.Errorf("the log has %d bytes, want at most %d", log.Size(), most)
	}
}

// A log that cannot be copied grows until the disk is full, so health tells.
func TestPingTellsOfAFailedCheckpoint(t *testing.T) {
	s := open(t, onSQLite, Options{})
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("disk I/O error")
	c := s.db.(*sqliteDatabase).checkpoints
	c.mu.Lock() // no checkpoint replaces it meanwhile
	c.err.Store(&broken)
	err := s.Ping(t.Context())
	c.mu.Unlock()
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// Nobody writes to a server that is not well: its health must come back
// without a write.
func TestFailedCheckpointIsTriedAgain(t *testing.T) {
	s := open(t, onSQLite, Options{})
	c := s.db.(*sqliteDatabase).checkpoints
	closed, err := c.db.Conn(t.Context())
	if err != nil {
		t.Fatalf("connection: %v", err)
	}
	if err := closed.Close(); err != nil {
		t.Fatalf("close connection: %v", err)
	}
	use := func(conn *sql.Conn) *sql.Conn {
		c.mu.Lock()
		defer c.mu.Unlock()
		before := c.conn
		c.conn = conn
		return before
	}
	await(t, "what was written before", func() bool { return len(c.wake) == 0 })
	c.err.Store(nil)
	c.committed()
	await(t, "a checkpoint", func() bool { return c.err.Load() != nil })
	sound := use(closed)
	c.committed()
	await(t, "a failed checkpoint", func() bool { return s.Ping(t.Context()) != nil })
	use(sound)
	await(t, "another checkpoint", func() bool { return s.Ping(t.Context()) == nil })
}

func await(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
