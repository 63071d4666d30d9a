package storage_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/storage"
)

var wall = time.Date(2026, 11, 26, 7, 0, 0, 5, time.UTC)

// founded returns an epoch volume with its first record, epoch 6, and what is
// in it.
func founded(t *testing.T) (n storage.Node, content []byte) {
	t.Helper()
	n = blank(t)
	b := open(t, n)
	if err := b.Found("be1.example.com", 6, wall); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(n.Path)
	if err != nil {
		t.Fatal(err)
	}
	return n, content
}

// The bytes are a contract: another release reads them, and so does the lab.
func TestRecordLayout(t *testing.T) {
	_, content := founded(t)
	got, err := storage.DecodeRecord(content[storage.BlockSize:])
	if err != nil {
		t.Fatal(err)
	}
	want := storage.Record{
		Claim:   storage.Claim{Epoch: 6, Node: "be1.example.com", Mark: got.Mark},
		Counter: 2, Written: wall,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	b := content[storage.BlockSize : 2*storage.BlockSize]
	le := binary.LittleEndian
	written := le.Uint64(b[48:])
	if string(b[:8]) != "TRNEPOCH" || le.Uint32(b[8:]) != 1 || le.Uint64(b[16:]) != 6 || le.Uint64(b[24:]) != 2 ||
		!bytes.Equal(b[32:48], got.Mark[:]) || int64(written) != wall.UnixNano() || !bytes.HasPrefix(b[64:], []byte("be1.example.com\x00")) {
		t.Errorf("the layout is another: % x", b[:96])
	}
}

func TestDecodeRecordRefuses(t *testing.T) {
	_, content := founded(t)
	whole := content[:storage.BlockSize]
	for _, test := range []struct {
		name   string
		change func(b []byte)
		summed bool // make the sum right again
		want   error
	}{
		{"blank", func(b []byte) { clear(b) }, false, storage.ErrBlank},
		{"a bit", func(b []byte) { b[17] ^= 1 }, false, storage.ErrTorn},
		{"second half missing", func(b []byte) { clear(b[512:]) }, false, storage.ErrTorn},
		{"first half missing", func(b []byte) { clear(b[:512]) }, false, storage.ErrTorn},
		{"other magic", func(b []byte) { copy(b, "LABELONE") }, true, storage.ErrTorn},
		{"later version", func(b []byte) { b[8] = 2 }, true, storage.ErrVersion},
		{"no node", func(b []byte) { clear(b[64:320]) }, true, storage.ErrTorn},
		{"more after the node", func(b []byte) { b[300] = 'x' }, true, storage.ErrTorn},
		{"more after the record", func(b []byte) { b[4000] = 'x' }, true, storage.ErrTorn},
	} {
		b := bytes.Clone(whole)
		test.change(b)
		if test.summed {
			sum(b)
		}
		if r, err := storage.DecodeRecord(b); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, %v, want %v", test.name, r, err, test.want)
		}
	}
	if _, err := storage.DecodeRecord(whole[:100]); !errors.Is(err, storage.ErrTorn) {
		t.Errorf("100 bytes: %v", err)
	}
}

// sum makes the sum of a copy right.
func sum(b []byte) {
	binary.LittleEndian.PutUint32(b[4092:], crc32.Checksum(b[:4092], crc32.MakeTable(crc32.Castagnoli)))
}

func TestNodeNames(t *testing.T) {
	b := open(t, blank(t))
	for node, ok := range map[string]bool{
		"": false, "a": true, strings.Repeat("a", 255): true, strings.Repeat("a", 256): false, "a\x00b": false,
	} {
		if err := b.Found(node, 0, wall); (err == nil) != ok {
			t.Errorf("a name of %d bytes: %v, want ok %t", len(node), err, ok)
		}
	}
}

// Whatever is on the device, reading it says what it is or why not, and a
// record that is accepted is the one that a writer of ours would write.
func FuzzDecodeRecord(f *testing.F) {
	f.Add(make([]byte, storage.BlockSize), false)
	f.Add([]byte("TRNEPOCH\x01"), true)
	f.Add(append([]byte("TRNEPOCH\x01"), append(make([]byte, 55), "be1"...)...), true)
	f.Fuzz(func(t *testing.T, start []byte, summed bool) {
		b := make([]byte, storage.BlockSize)
		copy(b, start)
		if summed {
			sum(b)
		}
		r, err := storage.DecodeRecord(b)
		if err != nil {
			if !errors.Is(err, storage.ErrBlank) && !errors.Is(err, storage.ErrTorn) && !errors.Is(err, storage.ErrVersion) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		again := bytes.Clone(b)
		if sum(again); !bytes.Equal(again, b) {
			t.Errorf("%v was accepted with a wrong sum", r)
		}
		if r.Node == "" || strings.ContainsRune(r.Node, 0) {
			t.Errorf("accepted the node %q", r.Node)
		}
	})
}
