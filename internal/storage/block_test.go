package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
)

const epochSize = 1 << 20

// blank makes an epoch volume.
func blank(t *testing.T) storage.Node {
	t.Helper()
	return storagetest.NewLoop(t, "", epochSize).Node(t)
}

func open(t *testing.T, n storage.Node) *storage.Block {
	t.Helper()
	b, err := storage.OpenBlock(n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// change writes bytes into a copy behind everybody's back.
func change(t *testing.T, n storage.Node, copyNumber int, b []byte) {
	t.Helper()
	f, err := os.OpenFile(n.Path, os.O_WRONLY|os.O_SYNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, int64(copyNumber)*storage.BlockSize); err != nil {
		t.Fatal(err)
	}
}

// Takings follow one another, each with the next epoch and a mark of its own,
// on a real block device.
func TestTake(t *testing.T) {
	device := blank(t)
	a, b := open(t, device), open(t, device)
	if _, err := a.Take("a", wall); !errors.Is(err, storage.ErrNotPrepared) {
		t.Fatalf("blank: %v, want %v", err, storage.ErrNotPrepared)
	}
	if err := a.Found("a", 0, wall); err != nil {
		t.Fatal(err)
	}
	marks := map[storage.Mark]bool{}
	for i, taker := range []struct {
		block *storage.Block
		node  string
	}{{a, "a"}, {b, "b"}, {b, "b"}, {a, "a"}} {
		taken, err := taker.block.Take(taker.node, wall.Add(time.Duration(i)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := open(t, device).Read()
		if diff := cmp.Diff(taken, got); err != nil || diff != "" {
			t.Errorf("another reads %v, %s", err, diff)
		}
		if taken.Epoch != uint64(i+1) || taken.Node != taker.node || marks[taken.Mark] || taken.Counter != uint64(i+3) {
			t.Errorf("taking %d is %+v", i+1, taken)
		}
		marks[taken.Mark] = true
	}
}

// Who beats learns that another took the volume, and does not cover it up.
func TestBeatMeetsAnother(t *testing.T) {
	n, _ := founded(t)
	a, b := open(t, n), open(t, n)
	mine, err := a.Take("a", wall)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if err := a.Beat(wall.Add(time.Duration(i) * time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	last, err := b.Read()
	if err != nil || last.Claim != mine.Claim || last.Counter != mine.Counter+5 || !last.Written.Equal(wall.Add(4*time.Second)) {
		t.Errorf("after five beats: %+v, %v", last, err)
	}
	other, err := b.Take("b", wall)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var foreign *storage.ForeignError
		if err := a.Beat(wall); !errors.As(err, &foreign) || foreign.Found != other.Claim || foreign.Want != mine.Claim {
			t.Errorf("got %v, want to hear of %v", err, other.Claim)
		}
	}
	if err := b.Beat(wall); err != nil {
		t.Errorf("the taker's own beat: %v", err)
	}
}

func TestBeatMeetsChange(t *testing.T) {
	n, _ := founded(t)
	b := open(t, n)
	if _, err := b.Take("a", wall); err != nil {
		t.Fatal(err)
	}
	change(t, n, 0, make([]byte, 512))
	if err := b.Beat(wall); !errors.Is(err, storage.ErrChanged) {
		t.Errorf("got %v, want %v", err, storage.ErrChanged)
	}
}

// readOnly lets the device refuse writes until the test's end, or take them
// again.
func readOnly(t *testing.T, n storage.Node, on bool) {
	t.Helper()
	flag := 0
	if on {
		flag = 1
		t.Cleanup(func() { readOnly(t, n, false) }) // or the next use of the loop device has it
	}
	fd, err := n.Open(unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.IoctlSetPointerInt(fd, unix.BLKROSET, flag); err != nil {
		t.Fatal(err)
	}
}

// A beat whose write failed does not make the next one take its own volume for
// another's, whatever came of the write; but another's record is still one.
func TestBeatAfterFailedWrite(t *testing.T) {
	for name, meanwhile := range map[string]struct {
		do   func(t *testing.T, n storage.Node)
		want func(error) bool
	}{
		"nothing was written": {func(*testing.T, storage.Node) {}, func(err error) bool { return err == nil }},
		"half was written": {
			func(t *testing.T, n storage.Node) { change(t, n, 1, make([]byte, 512)) },
			func(err error) bool { return err == nil },
		},
		"the other copy changed": {
			func(t *testing.T, n storage.Node) { change(t, n, 0, make([]byte, 512)) },
			func(err error) bool { return errors.Is(err, storage.ErrChanged) },
		},
		"another took it": {
			func(t *testing.T, n storage.Node) {
				if _, err := open(t, n).Take("b", wall); err != nil {
					t.Fatal(err)
				}
			},
			func(err error) bool {
				var foreign *storage.ForeignError
				return errors.As(err, &foreign) && foreign.Found.Node == "b"
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			n, _ := founded(t)
			b := open(t, n)
			if _, err := b.Take("a", wall); err != nil { // in copy 0
				t.Fatal(err)
			}
			readOnly(t, n, true)
			for range 2 {
				if err := b.Beat(wall); !errors.Is(err, unix.EPERM) {
					t.Fatalf("a beat on a device that takes no writes: %v", err)
				}
			}
			readOnly(t, n, false)
			meanwhile.do(t, n)
			for range 3 {
				if err := b.Beat(wall); !meanwhile.want(err) {
					t.Errorf("then: %v", err)
				}
			}
		})
	}
}

// Who has not taken the volume does not write another's record anew.
func TestBeatWithoutTaking(t *testing.T) {
	n, _ := founded(t)
	b := open(t, n)
	before, err := b.Read()
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Beat(wall); !errors.Is(err, storage.ErrNotTaken) {
		t.Errorf("after reading: %v, want %v", err, storage.ErrNotTaken)
	}
	readOnly(t, n, true)
	if _, err := b.Take("a", wall); !errors.Is(err, unix.EPERM) {
		t.Errorf("taking: %v, want %v", err, unix.EPERM)
	}
	readOnly(t, n, false)
	if err := b.Beat(wall); !errors.Is(err, storage.ErrNotTaken) {
		t.Errorf("after a taking that failed: %v, want %v", err, storage.ErrNotTaken)
	}
	if got, err := b.Read(); err != nil || got != before {
		t.Errorf("the record is %+v, %v, and was %+v", got, err, before)
	}
}

// A write that was cut leaves the other copy; the next taking goes on from
// there. Without a whole copy, nobody knows who had the volume.
func TestTornCopies(t *testing.T) {
	for _, test := range []struct {
		name  string
		torn  []int
		bytes []byte
		want  error
		epoch uint64
	}{
		{"the newer", []int{0}, make([]byte, 512), nil, 7},
		{"the older", []int{1}, make([]byte, 512), nil, 8},
		{"the newer blank", []int{0}, make([]byte, storage.BlockSize), nil, 7},
		{"both", []int{0, 1}, make([]byte, 512), storage.ErrDamaged, 0},
		{"the newer blank, the older torn", []int{0}, make([]byte, storage.BlockSize+512), storage.ErrDamaged, 0},
		{"both blank", []int{0}, make([]byte, 2*storage.BlockSize), storage.ErrNotPrepared, 0},
	} {
		n, _ := founded(t) // epoch 6, last in copy 1
		b := open(t, n)
		if taken, err := b.Take("a", wall); err != nil || taken.Epoch != 7 {
			t.Fatal(taken, err)
		}
		for _, i := range test.torn {
			change(t, n, i, test.bytes)
		}
		taken, err := b.Take("b", wall)
		if !errors.Is(err, test.want) || taken.Epoch != test.epoch {
			t.Errorf("%s: got epoch %d, %v, want %d, %v", test.name, taken.Epoch, err, test.epoch, test.want)
		}
		if test.want == nil {
			if err := b.Beat(wall); err != nil {
				t.Errorf("%s: beat: %v", test.name, err)
			}
		}
	}
}

// A record of a later release may be the newer one, whatever the other says.
func TestLaterRelease(t *testing.T) {
	n, _ := founded(t)
	later := make([]byte, storage.BlockSize)
	copy(later, "TRNEPOCH\x02")
	sum(later)
	change(t, n, 0, later)
	if _, err := open(t, n).Take("a", wall); !errors.Is(err, storage.ErrVersion) {
		t.Errorf("got %v, want %v", err, storage.ErrVersion)
	}
}

// Errors of the device come through as what they are.
func TestDeviceErrors(t *testing.T) {
	loop := storagetest.NewLoop(t, "", epochSize)
	b := open(t, loop.Node(t))
	if err := b.Found("a", 0, wall); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Take("a", wall); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(loop.File, 0); err != nil { // the kernel reads past the file's end
		t.Fatal(err)
	}
	if err := b.Beat(wall); !errors.Is(err, unix.EIO) {
		t.Errorf("beat without a disk: %v, want %v", err, unix.EIO)
	}
	if _, err := b.Take("a", wall); !errors.Is(err, unix.EIO) {
		t.Errorf("take without a disk: %v, want %v", err, unix.EIO)
	}
	if _, err := storage.OpenBlock(storage.Node{Path: filepath.Join(t.TempDir(), "absent")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}
