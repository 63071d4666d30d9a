package storage_test

import (
	"os"
	"path/filepath"
	"testing"

	"tournant/internal/storage"
)

func TestMountedAtBoot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fstab")
	if source, err := storage.MountedAtBoot(file, "/volume"); source != "" || err != nil {
		t.Errorf("without a file: %q, %v", source, err)
	}
	for text, want := range map[string]string{
		"":                        "",
		"# /dev/a /volume ext4\n": "",
		"/dev/a /volume/b ext4 defaults 0 0\nUUID=x\n":        "",
		"/dev/a / ext4\n/dev/mapper/chef-data\t/volume  ext4": "/dev/mapper/chef-data",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if source, err := storage.MountedAtBoot(file, "/volume"); source != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", text, source, err, want)
		}
	}
	if _, err := storage.MountedAtBoot(t.TempDir(), "/volume"); err == nil {
		t.Error("a directory is read")
	}
}
