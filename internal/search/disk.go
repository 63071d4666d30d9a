package search

import (
	"errors"
	"log/slog"
	"path/filepath"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// diskPause is how long a full disk is left alone before it is tried again.
const diskPause = 100 * time.Millisecond

// disk is the file system under an open store. Pebble panics, and not so that
// one could recover, when it cannot write its log: the whole server would end
// for an index. Here what finds no space waits for some, and what fails
// otherwise takes the index out of use.
type disk struct {
	vfs.FS
	health *health
	log    *slog.Logger
}

func (d disk) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return d.open(name, func() (vfs.File, error) { return d.FS.Create(name, category) })
}

func (d disk) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return d.open(name, func() (vfs.File, error) { return d.FS.ReuseForWrite(old, name, category) })
}

func (d disk) open(name string, open func() (vfs.File, error)) (file vfs.File, err error) {
	isLog := filepath.Ext(name) == ".log"
	err = d.try(isLog, func() (err error) {
		file, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	return diskFile{file, d, isLog}, nil
}

// try does what may be done again. It does not return from a failure that
// Pebble would not survive.
func (d disk) try(isLog bool, do func() error) error {
	err := do()
	if err == nil || !d.health.opened.Load() {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = d.await(err, do)
	}
	if err != nil && isLog {
		d.log.Error("search: "+gaveUpText, "error", err)
		d.health.fail(err)
		select {}
	}
	return err
}

// await tries until there is space.
func (d disk) await(err error, do func() error) error {
	d.log.Error("search: no space for the index, which waits for some", "error", err)
	d.health.waiting.Add(1)
	defer d.health.waiting.Add(-1)
	for errors.Is(err, syscall.ENOSPC) {
		time.Sleep(diskPause)
		err = do()
	}
	return err
}

// diskFile is a file that a store writes.
type diskFile struct {
	vfs.File
	disk  disk
	isLog bool
}

func (f diskFile) Write(p []byte) (n int, err error) {
	err = f.disk.try(f.isLog, func() error {
		m, err := f.File.Write(p[n:])
		n += m
		return err
	})
	return n, err
}

func (f diskFile) Sync() error     { return f.disk.try(f.isLog, f.File.Sync) }
func (f diskFile) SyncData() error { return f.disk.try(f.isLog, f.File.SyncData) }

func (f diskFile) SyncTo(length int64) (full bool, err error) {
	err = f.disk.try(f.isLog, func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}
