package volume_test

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tournant/lab/volume"
)

// A mount namespace that somebody made beside the lab has the volume's files, too,
// and keeps them when the lab unmounts its own.
func TestCloseThoughAnotherNamespaceHasTheFiles(t *testing.T) {
	dir := t.TempDir()
	image := filepath.Join(dir, "image")
	if err := volume.Create(image, 64<<20); err != nil {
		t.Fatal(err)
	}
	v, err := volume.Open(volume.Config{ID: "vol-1", Image: image, Dir: filepath.Join(dir, "run"), Log: filepath.Join(dir, "log")})
	if err != nil {
		t.Fatal(err)
	}
	other := exec.Command("unshare", "--mount", "--propagation", "private", "sh", "-c", "echo; exec sleep 60")
	ready, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })
	if _, err := ready.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- v.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("Close waits for the other namespace to end")
	}
}
