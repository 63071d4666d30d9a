package search

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// smallDisk has no space for what is written while it is full.
type smallDisk struct {
	vfs.FS
	full atomic.Bool
}

func (d *smallDisk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.Create(name, c)
	return smallFile{f, d}, err
}

func (d *smallDisk) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.ReuseForWrite(old, name, c)
	return smallFile{f, d}, err
}

type smallFile struct {
	vfs.File
	disk *smallDisk
}

func (f smallFile) Write(p []byte) (int, error) {
	if !f.disk.full.Load() {
		return f.File.Write(p)
	}
	n, err := f.File.Write(p[:len(p)/2])
	if err == nil {
		err = syscall.ENOSPC
	}
	return n, err
}

// A full disk must not end the server, and the index goes on once there is
// space.
func TestFullDiskIsWaitedFor(t *testing.T) {
	fs := &smallDisk{FS: vfs.Default}
	m := newMemory()
	x := mustOpenOn(t, fs, t.TempDir(), m)
	fill(t, x, m, 0)
	fs.full.Store(true)
	x.Nudge(org)
	eventually(t, func() error {
		fill(t, x, m, 1)
		if x.Ping() == nil {
			return fmt.Errorf("the index is well")
		}
		return nil
	})
	fs.full.Store(false)
	eventually(t, func() error { return x.CatchUp(t.Context(), org, m.head(org)) })
	if got := names(t, x, Query{Org: org, Type: TypeNode, Text: "a:b"}); len(got) != 2 {
		t.Errorf("found %v, want two nodes", got)
	}
	if err := x.Ping(); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

// An index whose directory is taken away is out of use, and nothing else is.
func TestLostDirectoryIsSurvived(t *testing.T) {
	dir, m := t.TempDir(), newMemory()
	x := mustOpen(t, dir, m)
	fill(t, x, m, 0)
	if err := os.RemoveAll(storeDir(dir)); err != nil {
		t.Fatalf("remove: %v", err)
	}
	eventually(t, func() error {
		fill(t, x, m, 1)
		if x.Ping() == nil {
			return fmt.Errorf("the index is well")
		}
		return nil
	})
	if err := x.CatchUp(t.Context(), org, m.head(org)); err == nil {
		t.Error("caught up without a directory")
	}
}

// fill saves a node that differs from all others and has it indexed in the
// background.
func fill(t *testing.T, x *Index, m *memory, n int) {
	t.Helper()
	text := make([]byte, 0, 400_000)
	for range 20_000 {
		text = fmt.Appendf(text, `"%x",`, rand.Uint64())
	}
	m.put(org, nodeRef(fmt.Sprint("n", n)), `{"default":{"a":"b","many":[`+string(text[:len(text)-1])+`]}}`)
	x.Nudge(org)
}
