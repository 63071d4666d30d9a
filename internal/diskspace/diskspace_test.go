package diskspace_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"tournant/internal/diskspace"
)

func TestFull(t *testing.T) {
	for _, test := range []struct {
		u             diskspace.Usage
		want, without float64 // of 25 bytes
	}{
		{diskspace.Usage{Size: 100, Available: 100, Files: 1}, 0, 0.25},
		{diskspace.Usage{Size: 100, Available: 25, Files: 1}, 0.75, 1},
		{diskspace.Usage{Size: 100, Available: 10, Files: 1}, 0.9, 1},
		{diskspace.Usage{Size: 100, Files: 1}, 1, 1},
		{diskspace.Usage{Size: 100, Available: 100}, 1, 1},
		{diskspace.Usage{}, 1, 1},
	} {
		if got := test.u.Full(); got != test.want {
			t.Errorf("%+v: got %v, want %v", test.u, got, test.want)
		}
		if got := test.u.Without(25); got != test.without {
			t.Errorf("%+v without 25 bytes: got %v, want %v", test.u, got, test.without)
		}
	}
}

func TestAt(t *testing.T) {
	u, err := diskspace.At(t.TempDir())
	if err != nil || u.Size == 0 || u.Available > u.Size || u.Files == 0 {
		t.Errorf("a directory that tests write to: %+v, %v", u, err)
	}
	f, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if of, err := diskspace.Of(f); err != nil || of.Size == 0 || of.Available > of.Size || of.Files == 0 {
		t.Errorf("the same, open: %+v, %v", of, err)
	}
	if _, err := diskspace.At(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: got %v, want %v", err, os.ErrNotExist)
	}
}
