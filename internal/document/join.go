package document

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// ErrForeign is returned for a packed document that Pack did not write.
var ErrForeign = errors.New("document was not packed by this package")

// A packed document is a gzip header, deflate blocks that end on a byte
// boundary (Pack flushes), an empty last block, and a trailer.
const (
	headerSize  = 10
	trailerSize = 8
)

var (
	header  = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}
	flushed = []byte{0x00, 0x00, 0xff, 0xff}

	// The two spellings of an empty last block.
	lastStored = []byte{0x01, 0x00, 0x00, 0xff, 0xff}
	lastFixed  = []byte{0x03, 0x00}
)

// Joiner builds one packed document out of packed ones and the text between
// them without inflating any: a page of search results costs a copy.
type Joiner struct {
	buf  []byte
	crc  uint32
	size uint32
}

// NewJoiner returns a Joiner with room for size bytes.
func NewJoiner(size int) *Joiner {
	return &Joiner{buf: append(make([]byte, 0, size+64), header...)}
}

// Text appends plain bytes, uncompressed.
func (j *Joiner) Text(plain []byte) {
	j.crc = crc32.Update(j.crc, crc32.IEEETable, plain)
	j.size += uint32(len(plain)) // gzip counts modulo 2^32
	for len(plain) > 0 {
		n := min(len(plain), 0xffff)
		j.buf = append(j.buf, 0)
		j.buf = binary.LittleEndian.AppendUint16(j.buf, uint16(n))
		j.buf = binary.LittleEndian.AppendUint16(j.buf, ^uint16(n))
		j.buf = append(j.buf, plain[:n]...)
		plain = plain[n:]
	}
}

// Packed appends a packed document. One that Pack did not write is ErrForeign
// and appends nothing.
func (j *Joiner) Packed(p Packed) error {
	if len(p) < headerSize+trailerSize || !bytes.Equal(p[:3], header[:3]) || p[3] != 0 {
		return ErrForeign
	}
	blocks := p[headerSize : len(p)-trailerSize]
	for _, last := range [][]byte{lastStored, lastFixed} {
		if rest, ok := bytes.CutSuffix(blocks, last); ok && bytes.HasSuffix(rest, flushed) {
			trailer := p[len(p)-trailerSize:]
			size := binary.LittleEndian.Uint32(trailer[4:])
			j.crc = combineCRC(j.crc, binary.LittleEndian.Uint32(trailer), size)
			j.size += size
			j.buf = append(j.buf, rest...)
			return nil
		}
	}
	return ErrForeign
}

// Bytes ends the document and returns it. The Joiner is used up.
func (j *Joiner) Bytes() Packed {
	j.buf = append(j.buf, lastStored...)
	j.buf = binary.LittleEndian.AppendUint32(j.buf, j.crc)
	return binary.LittleEndian.AppendUint32(j.buf, j.size)
}

// combineCRC returns the CRC-32 of a‖b from those of a and b and b's length:
// crc(a)·x^(8·len) + crc(b) in GF(2) modulo the CRC's polynomial.
func combineCRC(a, b, length uint32) uint32 {
	shift := uint32(1) << 31 // the polynomial 1, bit-reversed as CRC-32 keeps it
	for n, bits := 3, length; bits != 0; n, bits = n+1, bits>>1 {
		if bits&1 != 0 {
			shift = multiply(squares[n&31], shift)
		}
	}
	return multiply(shift, a) ^ b
}

// squares[n] is x^(2^n). The sequence repeats after 31.
var squares = func() (t [32]uint32) {
	p := uint32(1) << 30 // x
	for n := range t {
		t[n] = p
		p = multiply(p, p)
	}
	return t
}()

// multiply multiplies two polynomials modulo the CRC's.
func multiply(a, b uint32) uint32 {
	var product uint32
	for bit := uint32(1) << 31; bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		if b&1 != 0 {
			b = b>>1 ^ crc32.IEEE
		} else {
			b >>= 1
		}
	}
	return product
}
