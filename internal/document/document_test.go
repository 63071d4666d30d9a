package document

import (
	"bytes"
	"testing"
)

func TestPackIsDeterministicAndReversible(t *testing.T) {
	for _, plain := range [][]byte{nil, []byte(`{}`), bytes.Repeat([]byte(`{"a":[1,2,3]}`), 10_000)} {
		a, b := Pack(plain), Pack(plain)
		if !bytes.Equal(a, b) {
			t.Errorf("two packs of %d bytes differ", len(plain))
		}
		got, err := a.Unpack()
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("unpack of %d bytes: %d bytes, %v", len(plain), len(got), err)
		}
	}
}

func TestUnpackRefusesGarbage(t *testing.T) {
	whole := Pack(bytes.Repeat([]byte("x"), 1000))
	for _, p := range []Packed{nil, []byte("garbage garbage garbage"), whole[:len(whole)-5]} {
		if _, err := p.Unpack(); err == nil {
			t.Errorf("unpack of %d damaged bytes succeeded", len(p))
		}
	}
}
