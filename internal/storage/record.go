package storage

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// BlockSize is the size of one copy of the record, in bytes: the largest unit
// that devices write as a whole, and what direct I/O is aligned to.
const BlockSize = 4096

// Copies is how many copies of the record there are, one after the other from
// the beginning of the epoch volume. They are written in turn.
const Copies = 2

// Mark tells one taking of the volume from every other.
type Mark [16]byte

func (m Mark) String() string { return hex.EncodeToString(m[:]) }

func newMark() Mark {
	var m Mark
	_, _ = rand.Read(m[:]) // never fails: see crypto/rand
	return m
}

// Claim is one taking of the volume.
type Claim struct {
	Epoch uint64 // one more than that of the taking before
	Node  string // who took it
	Mark  Mark
}

func (c Claim) String() string { return fmt.Sprintf("epoch %d of %s (%s)", c.Epoch, c.Node, c.Mark) }

// Record is what the epoch block holds.
type Record struct {
	Claim
	Counter uint64    // of writes to the block, over all takings
	Written time.Time // by the node's wall clock: for people, never for decisions
}

// before reports whether r was written before other.
func (r Record) before(other Record) bool {
	if r.Epoch != other.Epoch {
		return r.Epoch < other.Epoch
	}
	return r.Counter < other.Counter
}

// The layout of a copy, version 1; numbers are little endian, and what has no
// name is zero.
//
//	   0  magic, 8 bytes
//	   8  version, 4 bytes
//	  16  epoch, 8 bytes
//	  24  counter, 8 bytes
//	  32  mark, 16 bytes
//	  48  written, nanoseconds since 1970, 8 bytes
//	  64  node, 256 bytes, ended by a zero
//	4092  CRC-32C of all before it, 4 bytes
const (
	recordMagic   = "TRNEPOCH"
	recordVersion = 1

	offsetVersion = 8
	offsetEpoch   = 16
	offsetCounter = 24
	offsetMark    = 32
	offsetWritten = 48
	offsetNode    = 64
	offsetRest    = 320
	offsetSum     = BlockSize - 4

	// maxNode is the length of the longest name of a node; no host has a
	// longer one.
	maxNode = offsetRest - offsetNode - 1
)

// Errors of DecodeRecord.
var (
	// ErrBlank: nothing was ever written there.
	ErrBlank = errors.New("the epoch block is blank")
	// ErrTorn: there is no whole record, as after a write that was cut.
	ErrTorn = errors.New("the epoch block holds no whole record")
	// ErrVersion: the record is whole and of a later release.
	ErrVersion = errors.New("the epoch block was written by a later release: upgrade this host")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode writes a copy of the record to b, which is BlockSize long.
func (r Record) encode(b []byte) error {
	if r.Node == "" || len(r.Node) > maxNode || bytes.IndexByte([]byte(r.Node), 0) >= 0 {
		return fmt.Errorf("the name of the node, %q, is not one of 1 to %d bytes without a zero", r.Node, maxNode)
	}
	clear(b)
	copy(b, recordMagic)
	le := binary.LittleEndian
	le.PutUint32(b[offsetVersion:], recordVersion)
	le.PutUint64(b[offsetEpoch:], r.Epoch)
	le.PutUint64(b[offsetCounter:], r.Counter)
	copy(b[offsetMark:], r.Mark[:])
	le.PutUint64(b[offsetWritten:], uint64(r.Written.UnixNano()))
	copy(b[offsetNode:], r.Node)
	le.PutUint32(b[offsetSum:], crc32.Checksum(b[:offsetSum], castagnoli))
	return nil
}

// DecodeRecord reads one copy, the first BlockSize bytes of b. The error is
// ErrBlank, ErrTorn or ErrVersion.
func DecodeRecord(b []byte) (Record, error) {
	if len(b) < BlockSize {
		return Record{}, fmt.Errorf("%w: %d bytes are too few", ErrTorn, len(b))
	}
	b = b[:BlockSize]
	if isZero(b) {
		return Record{}, ErrBlank
	}
	le := binary.LittleEndian
	if sum := crc32.Checksum(b[:offsetSum], castagnoli); string(b[:len(recordMagic)]) != recordMagic || le.Uint32(b[offsetSum:]) != sum {
		return Record{}, ErrTorn
	}
	if version := le.Uint32(b[offsetVersion:]); version != recordVersion {
		return Record{}, fmt.Errorf("%w: its version is %d, known is %d", ErrVersion, version, recordVersion)
	}
	node, _, _ := bytes.Cut(b[offsetNode:offsetRest], []byte{0})
	r := Record{
		Claim:   Claim{Epoch: le.Uint64(b[offsetEpoch:]), Node: string(node)},
		Counter: le.Uint64(b[offsetCounter:]),
		Written: time.Unix(0, int64(le.Uint64(b[offsetWritten:]))).UTC(),
	}
	copy(r.Mark[:], b[offsetMark:])
	// The sum is right, so a writer of ours did not write the rest.
	var again [BlockSize]byte
	if err := r.encode(again[:]); err != nil || !bytes.Equal(again[:], b) {
		return Record{}, fmt.Errorf("%w: its sum is right and its form is not", ErrTorn)
	}
	return r, nil
}

func isZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
