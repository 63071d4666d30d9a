package agent

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tournant/internal/keepalived"
	"tournant/internal/netnstest"
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

// What an agent that does not come back leaves behind is dropped: lease and VIP; and
// keepalived is silenced, which would have the other backend wait.
func TestDrop(t *testing.T) {
	host, _ := netnstest.Pair(t)
	cfg := someConfig()
	cfg.VIP, cfg.Device, cfg.Places.Run = netip.MustParseAddr("10.9.0.9"), host.Device, t.TempDir()
	files := keepalived.FilesIn(t.TempDir(), cfg.Places.Run)
	if err := files.SetPrimary(true); err != nil {
		t.Fatal(err)
	}
	host.Output("ip", "addr", "add", "10.9.0.9/32", "dev", host.Device)
	host.Do(func() error { return errors.Join(Drop(*cfg), Silence(cfg.Places)) })
	if track, err := os.ReadFile(files.Track); err != nil || string(track) != "-254\n" {
		t.Errorf("the tracked file holds %q, %v", track, err)
	}
	if shown := host.Output("ip", "addr", "show", "dev", host.Device); strings.Contains(shown, "10.9.0.9/") {
		t.Errorf("the VIP is still there: %s", shown)
	}
	cfg.Places.Run = filepath.Join(cfg.Places.Run, "gone")
	host.Do(func() error { return errors.Join(Drop(*cfg), Silence(cfg.Places)) })
}
