package link

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// Nonce is of one question: what was signed with it was signed after it was
// asked.
type Nonce [16]byte

// NewNonce is one that was never used.
func NewNonce() (n Nonce) {
	_, _ = rand.Read(n[:]) // never fails: see crypto/rand
	return n
}

// MarshalText writes it in hexadecimal.
func (n Nonce) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(n[:])), nil }

// UnmarshalText reads it.
func (n *Nonce) UnmarshalText(text []byte) error {
	if len(text) != 2*len(n) {
		return fmt.Errorf("a nonce has %d digits, not %d", 2*len(n), len(text))
	}
	if _, err := hex.Decode(n[:], text); err != nil {
		return fmt.Errorf("read a nonce: %w", err)
	}
	return nil
}

// Proof is a primary's word that it may serve, and why: its heartbeat began on
// the volume so long ago. It says nothing of any clock but how far it went.
type Proof struct {
	Node      string `json:"node"`
	Epoch     uint64 `json:"epoch"`
	AgeMS     int64  `json:"age_ms"` // of the heartbeat, when this was signed
	Nonce     Nonce  `json:"nonce"`
	Signature []byte `json:"signature"`
}

// Age is how old the heartbeat was when the proof was signed.
func (p *Proof) Age() time.Duration { return time.Duration(p.AgeMS) * time.Millisecond }

// signed is what the signature is over: no two proofs have the same.
func (p *Proof) signed() []byte {
	b := []byte("tournant lease proof 1\n")
	b = append(b, p.Nonce[:]...)
	b = binary.BigEndian.AppendUint64(b, p.Epoch)
	b = binary.BigEndian.AppendUint64(b, uint64(p.AgeMS))
	return append(b, p.Node...)
}

// Prove signs that a heartbeat of this host is so old.
func (i *Identity) Prove(n Nonce, epoch uint64, age time.Duration) Proof {
	p := Proof{Node: i.name, Epoch: epoch, AgeMS: age.Milliseconds() + 1, Nonce: n}
	p.Signature = ed25519.Sign(i.key, p.signed())
	return p
}

// Check refuses a proof that is not the answer of the host with a name to the
// question with a nonce.
func (i *Identity) Check(p *Proof, name string, n Nonce) error {
	switch {
	case p.Node != name:
		return fmt.Errorf("a proof of %q, where %q was asked for", p.Node, name)
	case p.Nonce != n:
		return fmt.Errorf("a proof of %s that answers another question", name)
	case p.AgeMS < 0:
		return fmt.Errorf("a proof of %s that is yet to come", name)
	case !ed25519.Verify(i.key.Public().(ed25519.PublicKey), p.signed(), p.Signature):
		return fmt.Errorf("a proof of %s with a signature that is wrong", name)
	}
	return nil
}
