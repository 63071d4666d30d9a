package document

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

func TestJoinEqualsTheTextJoined(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		var want bytes.Buffer
		j := NewJoiner(0)
		for range r.IntN(6) {
			plain := make([]byte, r.IntN(150_000))
			for i := range plain {
				plain[i] = byte('a' + r.IntN(1+r.IntN(25)))
			}
			want.Write(plain)
			if r.IntN(2) == 0 {
				j.Text(plain)
			} else if err := j.Packed(Pack(plain)); err != nil {
				t.Fatalf("join %d bytes: %v", len(plain), err)
			}
		}
		// Unpack verifies the checksum and the size that the Joiner computed.
		got, err := j.Bytes().Unpack()
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("joined to %d bytes, %v; want %d bytes", len(got), err, want.Len())
		}
	}
}

func TestJoinRefusesWhatPackDidNotWrite(t *testing.T) {
	whole := Pack([]byte("some text"))
	for _, p := range []Packed{nil, []byte("no gzip, but long enough"), whole[:len(whole)-3]} {
		j := NewJoiner(0)
		if err := j.Packed(p); !errors.Is(err, ErrForeign) {
			t.Errorf("join of %q: %v, want ErrForeign", p, err)
		}
	}
}

func BenchmarkJoin(b *testing.B) {
	p := Pack(bytes.Repeat([]byte(`{"some":"document"},`), 5000))
	for b.Loop() {
		j := NewJoiner(1000 * len(p))
		for range 1000 {
			if err := j.Packed(p); err != nil {
				b.Fatal(err)
			}
		}
		j.Bytes()
	}
}
