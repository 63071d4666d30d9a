package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// Errors of a Block as a whole.
var (
	// ErrNotPrepared is returned by Read if the volume never had an epoch.
	ErrNotPrepared = errors.New("the epoch volume is blank: the volume was not prepared with chef-server-ctl ha-init-storage")
	// ErrDamaged is returned by Read if no copy is whole. Who had the volume
	// last is not known then, so nobody takes it until a person decides.
	ErrDamaged = errors.New("both copies of the epoch block are damaged: make sure that the other backend has stopped, " +
		"then write a new one with chef-server-ctl ha-init-storage --epoch-only")
)

// ForeignError says that somebody else wrote to the epoch block, so that the
// volume is not this host's any more, or that it is another volume.
type ForeignError struct {
	Want  Claim
	Found Claim
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("the epoch block is of %v, not of %v", e.Found, e.Want)
}

// ErrChanged is returned where the epoch block holds something else than was
// written, and no record of anybody.
var ErrChanged = errors.New("the epoch block does not read back as it was written")

// ErrNotTaken is returned by Beat on a Block that was not taken: it would write
// another's record anew.
var ErrNotTaken = errors.New("the volume was not taken")

// Block is the epoch block on its volume. Its I/O goes past all caches of this
// host and is on stable storage when it returns. It is for one goroutine.
type Block struct {
	fd    int
	name  string
	image []byte // both copies as they must be there
	again []byte // where they are read to
	next  []byte // a copy to be written
	last  Record // the newer of the two
	turn  int    // the copy to write next
	taken bool
	// unsure says that a write of the copy whose turn it is failed: it may be as
	// it was, as it was to be, or torn.
	unsure bool
}

// OpenBlock opens the epoch volume: a Layout knows which it is.
func OpenBlock(n Node) (*Block, error) {
	fd, err := n.Open(unix.O_RDWR | unix.O_DIRECT | unix.O_DSYNC)
	if err != nil {
		return nil, fmt.Errorf("open the epoch volume: %w", err)
	}
	both := Copies * BlockSize
	return &Block{fd: fd, name: n.Path, image: aligned(both), again: aligned(both), next: aligned(BlockSize)}, nil
}

// Close closes it. Not while another call runs.
func (b *Block) Close() error { return unix.Close(b.fd) }

// Read returns the newer of the records that are whole. Errors are
// ErrNotPrepared, ErrDamaged, ErrVersion, or those of I/O.
func (b *Block) Read() (Record, error) {
	b.taken, b.unsure = false, false
	if err := b.pread(b.image); err != nil {
		return Record{}, err
	}
	newest, blank := -1, 0
	for i := range Copies {
		r, err := DecodeRecord(b.copy(b.image, i))
		switch {
		case errors.Is(err, ErrVersion):
			// What this release cannot read may be the newer one.
			return Record{}, err
		case errors.Is(err, ErrBlank):
			blank++
		case err == nil && (newest < 0 || b.last.before(r)):
			newest, b.last = i, r
		}
	}
	switch {
	case blank == Copies:
		return Record{}, ErrNotPrepared
	case newest < 0:
		return Record{}, ErrDamaged
	}
	b.turn = (newest + 1) % Copies
	return b.last, nil
}

// Take reads who had the volume and writes that node has it now: the epoch
// after, with a new mark. The claim holds once this returned without an error;
// after one it may be there or not.
func (b *Block) Take(node string, now time.Time) (Record, error) {
	last, err := b.Read()
	if err != nil {
		return Record{}, err
	}
	r := Record{Claim: Claim{Epoch: last.Epoch + 1, Node: node, Mark: newMark()}, Counter: last.Counter + 1, Written: now}
	if err := b.write(r); err != nil {
		return Record{}, err
	}
	b.taken = true
	return r, nil
}

// Beat proves that the volume still is the taker's: it looks whether the block
// is as it was left, writes the record anew, and reads it back. A write comes
// second, so that it never covers up the claim of another. Any error means
// that nothing is proven; a *ForeignError and ErrChanged that the volume is
// not this host's. After others it may be repeated.
func (b *Block) Beat(now time.Time) error {
	if !b.taken {
		return ErrNotTaken
	}
	if err := b.verify(); err != nil {
		return err
	}
	r := b.last
	r.Counter, r.Written = r.Counter+1, now
	return b.write(r)
}

// Found writes the first record of a volume, both copies, over whatever is
// there: epoch is the number to begin after.
func (b *Block) Found(node string, epoch uint64, now time.Time) error {
	r := Record{Claim: Claim{Epoch: epoch, Node: node, Mark: newMark()}, Written: now}
	if err := b.pread(b.image); err != nil {
		return err
	}
	for b.turn = range Copies {
		r.Counter++
		if err := b.write(r); err != nil {
			return err
		}
	}
	return nil
}

// write writes the copy whose turn it is and reads both back.
func (b *Block) write(r Record) error {
	if err := r.encode(b.next); err != nil {
		return err
	}
	b.last = r
	if err := b.pwrite(b.next, b.turn); err != nil {
		b.unsure = true
		return err
	}
	copy(b.copy(b.image, b.turn), b.next)
	b.turn = (b.turn + 1) % Copies
	return b.verify()
}

// verify fails unless both copies are there as they were left.
func (b *Block) verify() error {
	if err := b.pread(b.again); err != nil {
		return err
	}
	if b.unsure {
		b.settle()
	}
	if bytes.Equal(b.again, b.image) {
		return nil
	}
	for i := range Copies {
		if r, err := DecodeRecord(b.copy(b.again, i)); err == nil && r.Claim != b.last.Claim && !bytes.Equal(b.copy(b.again, i), b.copy(b.image, i)) {
			return &ForeignError{Want: b.last.Claim, Found: r.Claim}
		}
	}
	return ErrChanged
}

// settle takes what a write that failed has left for what was left, if it can be
// that. No other write has this turn before.
func (b *Block) settle() {
	found := b.copy(b.again, b.turn)
	if _, err := DecodeRecord(found); errors.Is(err, ErrTorn) || bytes.Equal(found, b.next) {
		copy(b.copy(b.image, b.turn), found)
	}
	b.unsure = false
}

func (b *Block) copy(both []byte, i int) []byte { return both[i*BlockSize : (i+1)*BlockSize] }

func (b *Block) pread(to []byte) error {
	n, err := again(func() (int, error) { return unix.Pread(b.fd, to, 0) })
	if err == nil && n < len(to) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("read the epoch block on %s: %w", b.name, err)
	}
	return nil
}

func (b *Block) pwrite(part []byte, i int) error {
	n, err := again(func() (int, error) { return unix.Pwrite(b.fd, part, int64(i)*BlockSize) })
	if err == nil && n < len(part) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return fmt.Errorf("write the epoch block on %s: %w", b.name, err)
	}
	return nil
}

// again calls until a signal, such as those of Go's scheduler, does not
// interrupt it.
func again(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
