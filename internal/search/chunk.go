package search

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// A chunk is the JSON of one top-level value, after a byte that tells how it
// is kept.
const (
	chunkPlain byte = iota
	chunkZstd
)

// minCompressed is the size below which compression gains less than its frame.
const minCompressed = 192

// maxChunk bounds what a damaged frame can make us allocate.
const maxChunk = 64 << 20

// codec compresses chunks; it is safe for concurrent use.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newCodec() (*codec, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(128<<10), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxChunk), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return &codec{enc, dec}, nil
}

func (c *codec) close() {
	c.dec.Close()
	// An encoder that was only used with EncodeAll has nothing to flush.
	_ = c.enc.Close()
}

func (c *codec) pack(raw string) []byte {
	if len(raw) < minCompressed {
		return append([]byte{chunkPlain}, raw...)
	}
	return c.enc.EncodeAll([]byte(raw), append(make([]byte, 0, len(raw)/3), chunkZstd))
}

// unpack appends the chunk's JSON to buf.
func (c *codec) unpack(buf, packed []byte) ([]byte, error) {
	if len(packed) > 0 && packed[0] == chunkPlain {
		return append(buf, packed[1:]...), nil
	}
	if len(packed) == 0 || packed[0] != chunkZstd {
		return nil, fmt.Errorf("search: chunk: %w", errDamaged)
	}
	out, err := c.dec.DecodeAll(packed[1:], buf)
	if err != nil {
		return nil, fmt.Errorf("search: chunk: %w", errDamaged)
	}
	return out, nil
}

// A stamp tells two versions of a chunk apart.
type stamp [8]byte

func stampOf(raw string) (s stamp) {
	sum := sha256.Sum256([]byte(raw))
	copy(s[:], sum[:])
	return s
}

// manifest lists the chunks of an object: top path ids with the stamps of
// their JSON, by id.
type manifest []manifestEntry

type manifestEntry struct {
	top   uint64
	stamp stamp
}

func (m manifest) find(top uint64) (int, bool) {
	return slices.BinarySearchFunc(m, top, func(e manifestEntry, top uint64) int {
		return cmp.Compare(e.top, top)
	})
}

func (m manifest) encode() []byte {
	b := make([]byte, 0, len(m)*(len(stamp{})+3))
	for _, e := range m {
		b = append(binary.AppendUvarint(b, e.top), e.stamp[:]...)
	}
	return b
}

func decodeManifest(b []byte) (m manifest, err error) {
	for len(b) > 0 {
		var e manifestEntry
		top, n := binary.Uvarint(b)
		if n <= 0 || len(b) < n+len(e.stamp) {
			return nil, fmt.Errorf("search: manifest: %w", errDamaged)
		}
		e.top = top
		copy(e.stamp[:], b[n:])
		m, b = append(m, e), b[n+len(e.stamp):]
	}
	return m, nil
}
