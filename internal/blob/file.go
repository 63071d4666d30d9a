package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tournant/internal/store"
)

// File is an open file. It holds one chunk at a time, and no connection to the
// database between reads.
type File struct {
	Modified time.Time

	ctx    context.Context
	store  *store.Store
	upload int64
	size   int64
	offset int64

	start int64 // of chunk in the file
	chunk []byte
}

var _ io.ReadSeeker = (*File)(nil)

// Get opens an organization's file, or returns store.ErrNotFound. Reads fail
// once ctx ends or the file is dropped.
func (d *Database) Get(ctx context.Context, org int64, checksum string) (*File, error) {
	row, err := d.store.File(ctx, org, checksum)
	if err != nil {
		return nil, err
	}
	return &File{Modified: row.Stored, ctx: ctx, store: d.store, upload: row.Upload, size: row.Size}, nil
}

// Size is the length of the file, in bytes.
func (f *File) Size() int64 { return f.size }

func (f *File) Read(p []byte) (int, error) {
	if f.offset >= f.size {
		return 0, io.EOF
	}
	at := f.offset - f.start
	if at < 0 || at >= int64(len(f.chunk)) {
		if err := f.load(); err != nil {
			return 0, err
		}
		at = f.offset - f.start
	}
	n := copy(p, f.chunk[at:])
	f.offset += int64(n)
	return n, nil
}

func (f *File) load() (err error) {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	f.start, f.chunk, err = f.store.FileChunk(f.ctx, f.upload, f.offset)
	if err == nil && f.offset-f.start >= int64(len(f.chunk)) {
		err = store.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("read file at %d: %w", f.offset, err)
	}
	return nil
}

var errSeek = errors.New("seek before the start of a file")

// Seek moves to an offset; reading there ends at once if it is past the end.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.offset
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return 0, errSeek
	}
	f.offset = offset
	return offset, nil
}
