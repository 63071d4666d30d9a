package keepalived_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"tournant/internal/keepalived"
)

// TestSilenced: the other hears nothing any more, at once, and the silenced one
// hears it when it may speak again.
func TestSilenced(t *testing.T) {
	t.Parallel()
	master, other := elect(t)
	if err := master.files.SetPrimary(true); err != nil {
		t.Fatal(err)
	}
	if err := master.files.Silence(); err != nil {
		t.Fatal(err)
	}
	master.await(keepalived.Fault)
	other.await(keepalived.Master)
	if err := other.files.SetPrimary(true); err != nil {
		t.Fatal(err)
	}
	if err := master.files.SetPrimary(false); err != nil {
		t.Fatal(err)
	}
	master.await(keepalived.Backup)
	other.signal(syscall.SIGTERM)
	master.await(keepalived.Master)
}

func TestSilencedWithoutKeepalived(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "absent")
	if err := keepalived.FilesIn(dir, dir).Silence(); err != nil {
		t.Error(err)
	}
}
