// Package blob keeps the files of cookbooks, and signs and verifies the URLs
// through which clients reach them.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tournant/internal/store"
)

// Options are what Open takes besides a database and a directory.
type Options struct {
	Log *slog.Logger

	// MaxSize bounds one file, in bytes; 0 is DefaultMaxSize.
	MaxSize int64
}

// DefaultMaxSize is what Chef's front end lets through.
const DefaultMaxSize = 250 << 20

// chunkSize is how much of a file one transaction inserts. It is what a node
// save may have to wait for.
const chunkSize = 256 << 10

// Database keeps files in the database. Uploads are spooled to a directory
// first, so that a slow client holds neither memory nor a transaction.
type Database struct {
	store *store.Store
	spool string
	opts  Options

	// turn is held for a chunk and the pause behind it: all uploads and the
	// sweeper together leave at least half of the writer's time to others.
	turn    chan struct{}
	buffers sync.Pool

	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}
}

// Open returns the files of a database, with uploads spooled below dir, and
// starts sweeping what no file names.
func Open(s *store.Store, dir string, opts Options) (*Database, error) {
	if opts.MaxSize == 0 {
		opts.MaxSize = DefaultMaxSize
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	d := &Database{
		store: s, opts: opts, spool: filepath.Join(dir, "spool"),
		turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), done: make(chan struct{}),
		buffers: sync.Pool{New: func() any { b := make([]byte, chunkSize); return &b }},
	}
	if err := os.MkdirAll(d.spool, 0o700); err != nil {
		return nil, fmt.Errorf("make spool directory: %w", err)
	}
	var ctx context.Context
	ctx, d.stop = context.WithCancel(context.Background())
	go d.run(ctx)
	return d, nil
}

// Close stops sweeping. Uploads under way go on.
func (d *Database) Close() error {
	d.stop()
	<-d.done
	return nil
}

// MaxSize is the size of the largest file that Put takes, in bytes.
func (d *Database) MaxSize() int64 { return d.opts.MaxSize }

// Put keeps what body holds as an organization's file. Its MD5 must be
// checksum, in hexadecimal, and contentMD5 in base64 unless that is empty: else
// the error is ErrDigest. More than MaxSize bytes are ErrTooLarge, an
// organization that is gone is store.ErrNotFound. What there is no room for is
// chef.InsufficientStorage, before it is received where that is known.
func (d *Database) Put(ctx context.Context, org int64, checksum, contentMD5 string, body io.Reader) error {
	if err := d.store.Room(ctx); err != nil {
		return err // the spool may be on the same disk
	}
	sp, err := d.receive(body)
	if err != nil {
		return err
	}
	defer sp.Close()
	if !sp.matches(checksum, contentMD5) {
		return ErrDigest
	}
	err = d.store.TouchFile(ctx, org, checksum)
	if !errors.Is(err, store.ErrNotFound) {
		return err // nil: whatever has this MD5 already is this file
	}
	if sp.size <= chunkSize {
		return d.putSmall(ctx, org, checksum, sp)
	}
	return d.putLarge(ctx, org, checksum, sp)
}

func (d *Database) putSmall(ctx context.Context, org int64, checksum string, sp *spooled) error {
	buf := d.buffers.Get().(*[]byte)
	defer d.buffers.Put(buf)
	data := (*buf)[:sp.size]
	if _, err := sp.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read spool: %w", err)
	}
	return d.store.StoreFile(store.WithBody(ctx, len(data)), org, checksum, data)
}

func (d *Database) putLarge(ctx context.Context, org int64, checksum string, sp *spooled) error {
	upload, err := d.store.BeginUpload(ctx)
	if err != nil {
		return err
	}
	err = d.insert(ctx, upload, sp)
	if err == nil {
		err = d.store.PublishFile(ctx, org, checksum, upload, sp.size)
	}
	if err != nil {
		if e := d.store.AbandonUpload(ctx, upload); e != nil {
			d.opts.Log.Error("an upload is left over", "upload", upload, "error", e)
		}
		d.Sweep()
	}
	return err
}

func (d *Database) insert(ctx context.Context, upload int64, sp *spooled) error {
	buf := d.buffers.Get().(*[]byte)
	defer d.buffers.Put(buf)
	for start := int64(0); start < sp.size; start += chunkSize {
		n, err := sp.ReadAt(*buf, start)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read spool: %w", err)
		}
		err = d.paced(ctx, func() error { return d.store.AddChunk(ctx, upload, start, (*buf)[:n]) })
		if err != nil {
			return err
		}
		if (start/chunkSize+1)%checkpointChunks == 0 {
			if err := d.paced(ctx, func() error { return d.store.Checkpoint(ctx) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkpointChunks is how many chunks go into the database's log before it is
// copied, while no other chunk may add to it: 8 MB.
const checkpointChunks = 32

// minPause lets a waiting save in even when chunks are quick.
const minPause = time.Millisecond

// paced runs a write when its turn comes, and rests for as long as it took.
func (d *Database) paced(ctx context.Context, write func() error) error {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-d.turn }()
	began := time.Now()
	if err := write(); err != nil {
		return err
	}
	select {
	case <-time.After(max(time.Since(began), minPause)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
