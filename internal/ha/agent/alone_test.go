package agent

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"tournant/internal/keepalived"
)

// An agent that ends, or cannot begin, leaves a keepalived that says nothing;
// one that begins beside another leaves everything as it is.
func TestAlone(t *testing.T) {
	p := Places{Run: filepath.Join(t.TempDir(), "run"), Keepalived: t.TempDir()}
	files := keepalived.FilesIn(p.Keepalived, p.Run)
	tracked := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(files.Track); err != nil || string(got) != want {
			t.Errorf("keepalived is told %q, %v, want %q", got, err, want)
		}
	}
	if err := Alone(p, func() error { return files.SetPrimary(false) }); err != nil {
		t.Fatal(err)
	}
	tracked("-254\n")
	broken := errors.New("no such device")
	err := Alone(p, func() error {
		if err := files.SetPrimary(true); err != nil {
			t.Error(err)
		}
		if err := Alone(p, func() error { t.Error("a second one began"); return nil }); !errors.Is(err, ErrRunning) {
			t.Errorf("a second one: %v, want %v", err, ErrRunning)
		}
		tracked("1\n")
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	tracked("-254\n")
}
