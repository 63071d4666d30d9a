package agent

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"tournant/internal/keepalived"
)

// An agent that could not be made gives back what it had opened.
func TestCloseGivesTheFIFOBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	fifo, err := keepalived.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	a := &Agent{lines: newLines(io.Discard), fifo: fifo}
	a.close()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && to == path {
			t.Errorf("descriptor %s is still open at the FIFO", fd.Name())
		}
	}
}
