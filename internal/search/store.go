package search

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable/block"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Sizes of the store. Search shares a machine with the database, so its memory
// is small; a save writes a few hundred keys.
const (
	cacheSize    = 24 << 20
	memTableSize = 8 << 20
	blockSize    = 16 << 10
)

// storeDir is where the store lies in the index's directory.
func storeDir(dir string) string { return filepath.Join(dir, "store") }

// health is what a store tells of itself beside the errors of its methods: it
// meets damage and full disks in the background, too.
type health struct {
	opened  atomic.Bool
	damaged atomic.Bool
	waiting atomic.Int64          // writes that wait for space
	broken  atomic.Pointer[error] // it gave up
	gone    chan struct{}         // closed when it gave up
	told    func()                // called when it is damaged
}

func (h *health) damage() {
	h.damaged.Store(true)
	h.told()
}

func (h *health) fail(err error) {
	if h.broken.CompareAndSwap(nil, &err) {
		close(h.gone)
	}
}

// trouble is why the store cannot be used, if it cannot.
func (h *health) trouble() error {
	if err := h.broken.Load(); err != nil {
		return *err
	}
	if h.waiting.Load() > 0 {
		return syscall.ENOSPC
	}
	return nil
}

const gaveUpText = "the index gave up; searches answer 503 until the server is started again"

// openStore opens the store, or an empty one in its place when it is damaged or
// of another format.
func openStore(dir string, fs vfs.FS, log *slog.Logger, damaged func()) (*pebble.DB, *health, error) {
	db, h, err := openPebble(dir, fs, log, damaged)
	if err == nil {
		var o origin
		var ok bool
		if o, ok, err = loadOrigin(db); err == nil && (!ok || o.Format == formatVersion) {
			return db, h, nil
		}
		err = errors.Join(err, db.Close())
	}
	log.Warn("search: the index is discarded and built again", "dir", dir, "error", err)
	return resetStore(dir, fs, log, damaged)
}

// resetStore opens an empty store in place of a closed one.
func resetStore(dir string, fs vfs.FS, log *slog.Logger, damaged func()) (*pebble.DB, *health, error) {
	if err := os.RemoveAll(storeDir(dir)); err != nil {
		return nil, nil, fmt.Errorf("search: discard the index: %w", err)
	}
	return openPebble(dir, fs, log, damaged)
}

func openPebble(dir string, fs vfs.FS, log *slog.Logger, damaged func()) (*pebble.DB, *health, error) {
	h := &health{told: damaged, gone: make(chan struct{})}
	o := &pebble.Options{
		FS:                          disk{fs, h, log},
		CacheSize:                   cacheSize,
		FormatMajorVersion:          pebble.FormatNewest,
		MemTableSize:                memTableSize,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       24,
		LBaseMaxBytes:               64 << 20,
		MaxOpenFiles:                512,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 1 },
		Merger:                      merger(),
		Logger:                      pebbleLog{log, h.fail},
		EventListener: &pebble.EventListener{DataCorruption: func(c pebble.DataCorruptionInfo) {
			log.Error("search: a file of the index is damaged", "file", c.Path, "error", c.Details)
			h.damage()
		}},
	}
	for i := range o.Levels {
		o.Levels[i].BlockSize = blockSize
	}
	o.ApplyCompressionSettings(func() pebble.DBCompressionSettings {
		s := pebble.UniformDBCompressionSettings(block.FastestCompression)
		s.Levels[len(s.Levels)-1] = block.BalancedCompression
		return s
	})
	db, err := pebble.Open(storeDir(dir), o)
	if err != nil {
		return nil, nil, fmt.Errorf("search: open the index: %w", err)
	}
	h.opened.Store(true)
	return db, h, nil
}

// pebbleLog passes on what Pebble has to say. Its own logger would end the
// process where ours gives up the index.
type pebbleLog struct {
	log   *slog.Logger
	fatal func(error)
}

func (l pebbleLog) Infof(format string, args ...any) {
	l.log.Debug("search: store: " + fmt.Sprintf(format, args...))
}

func (l pebbleLog) Errorf(format string, args ...any) {
	l.log.Error("search: store: " + fmt.Sprintf(format, args...))
}

func (l pebbleLog) Fatalf(format string, args ...any) {
	err := fmt.Errorf("search: store: "+format, args...)
	l.log.Error("search: "+gaveUpText, "error", err)
	l.fatal(err)
}

// isDamage reports whether an error means that the index must be built anew.
func isDamage(err error) bool {
	return errors.Is(err, errDamaged) || pebble.IsCorruptionError(err)
}
