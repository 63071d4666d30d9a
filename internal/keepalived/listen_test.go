package keepalived

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLastWords: what came into the old FIFO just before it was replaced is
// read, and half a line in it does not become part of the next.
func TestLastWords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("INSTANCE \"V\" STOP 100\nINSTANCE"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	var got []State
	event := func(e Event) { got = append(got, e.State) }
	complain := func(err error) { t.Error(err) }
	if err := l.follow(event, complain); err != nil {
		t.Fatal(err)
	}
	l.in.feed([]byte("INSTANCE \"V\" BACKUP 100\n"), event, complain)
	if len(got) != 2 || got[0] != Stop || got[1] != Backup {
		t.Errorf("events %q, want STOP, BACKUP", got)
	}
}

// TestCloseTwice: the numbers of its files may be others' after the first.
func TestCloseTwice(t *testing.T) {
	l, err := Listen(filepath.Join(t.TempDir(), "fifo"))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	others, err := Listen(filepath.Join(t.TempDir(), "fifo"))
	if err != nil {
		t.Fatal(err)
	}
	defer others.Close()
	l.Close()
	if err := others.follow(nil, nil); err != nil {
		t.Errorf("the files of another are closed: %v", err)
	}
}
