package signing_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"

	"tournant/internal/signing"
)

func parse(t testing.TB, r request) *signing.Signature {
	t.Helper()
	s, err := signing.Parse(r.header, signedAt(), skew)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVerifyTriesSeveralKeys(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"1.0", "1.1", "1.2", "1.3"} {
		r := readRequest(t, "put-"+version+".http")
		s := parse(t, r)
		for _, c := range []struct {
			key  *rsa.PublicKey
			body []byte
			want bool
		}{
			{&other.PublicKey, r.body, false},
			{&testKey(t).PublicKey, r.body, true},
			{nil, r.body, false},
			{&testKey(t).PublicKey, nil, false},
			{&testKey(t).PublicKey, r.body[1:], false},
			{&testKey(t).PublicKey, r.body[:len(r.body)-1], false},
			{&testKey(t).PublicKey, bytes.Clone(r.body), true},
			{&testKey(t).PublicKey, bytes.ToUpper(r.body), false},
		} {
			if got := s.Verify(c.key, r.method, r.path, c.body); got != c.want {
				t.Errorf("%s, body %q: got %v, want %v", version, c.body, got, c.want)
			}
		}
	}
}

// Keys that come out of a database written by others.
func TestVerifySurvivesStrangeKeys(t *testing.T) {
	n := testKey(t).N
	even := new(big.Int).Sub(n, big.NewInt(1))
	for _, key := range []*rsa.PublicKey{
		{},
		{N: n},
		{N: n, E: 1},
		{N: n, E: 2},
		{N: n, E: -3},
		{N: even, E: 65537},
		{N: new(big.Int), E: 3},
		{N: new(big.Int).Neg(n), E: 3},
		{N: big.NewInt(35), E: 5},
	} {
		for _, name := range vectors(t) {
			r := readRequest(t, name)
			if parse(t, r).Verify(key, r.method, r.path, r.body) {
				t.Errorf("%s: verified with %v", name, key)
			}
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	key := &testKey(b).PublicKey
	for _, version := range []string{"1.0", "1.1", "1.2", "1.3"} {
		r := readRequest(b, "put-"+version+".http")
		b.Run(version, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !parse(b, r).Verify(key, r.method, r.path, r.body) {
					b.Fatal("refused")
				}
			}
		})
	}
}

// A node of the size that chef-client saves, tried with three keys.
func BenchmarkVerifyCandidates(b *testing.B) {
	key := &testKey(b).PublicKey
	r := readRequest(b, "put-1.3.http")
	body := bytes.Repeat([]byte("x"), 94_000)
	for b.Loop() {
		s := parse(b, r)
		for range 3 {
			s.Verify(key, r.method, r.path, body)
		}
	}
}
