// Package document keeps JSON documents as they are served: compressed with
// gzip, so that an answer to a client that accepts gzip is a copy of stored
// bytes. Compression is deterministic: equal documents pack to equal bytes.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// level trades 15 % of size for a third of the time of the default level; a
// node save spends more on compression than on anything else but its index.
const level = 2

var writers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, level)
	if err != nil {
		panic(err) // the level is a constant of ours
	}
	return w
}}

var readers = sync.Pool{New: func() any { return new(gzip.Reader) }}

// Packed is a gzip-compressed JSON document.
type Packed []byte

// Pack compresses a document.
func Pack(plain []byte) Packed {
	w := writers.Get().(*gzip.Writer)
	defer writers.Put(w)
	buf := bytes.NewBuffer(make([]byte, 0, len(plain)/4+64))
	w.Reset(buf)
	// A bytes.Buffer takes every write.
	_, _ = w.Write(plain)
	_ = w.Flush()
	_ = w.Close()
	return buf.Bytes()
}

// Unpack returns the document as it was packed.
func (p Packed) Unpack() ([]byte, error) {
	r := readers.Get().(*gzip.Reader)
	defer readers.Put(r)
	if err := r.Reset(bytes.NewReader(p)); err != nil {
		return nil, fmt.Errorf("unpack document: %w", err)
	}
	plain := bytes.NewBuffer(make([]byte, 0, p.size()+bytes.MinRead))
	if _, err := plain.ReadFrom(r); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("unpack document: %w", err)
	}
	return plain.Bytes(), nil
}

// size is the length that gzip's trailer promises, bounded because the bytes
// might not be ours.
func (p Packed) size() int {
	if len(p) < 18 {
		return 0
	}
	t := p[len(p)-4:]
	n := int(t[0]) | int(t[1])<<8 | int(t[2])<<16 | int(t[3])<<24
	return min(n, 64<<20)
}
