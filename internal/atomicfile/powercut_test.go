package atomicfile_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"tournant/internal/atomicfile"
	"tournant/internal/storage/storagetest"
)

// A power cut at the moment that Write returns leaves the new file. What a disk
// has of it then is the loop device's file, copied while all else that the kernel
// knows stays in its memory.
func TestWhatIsWrittenOutlivesAPowerCut(t *testing.T) {
	disk := storagetest.NewLoop(t, "", 16<<20)
	storagetest.Run(t, "mkfs.ext4", "-q", disk.Device)
	dir := t.TempDir()
	// Without auto_da_alloc ext4 does not make up for a sync that is forgotten;
	// commit=300 keeps it from one of its own.
	storagetest.Run(t, "mount", "-o", "noauto_da_alloc,commit=300", disk.Device, dir)
	t.Cleanup(func() { storagetest.Unmount(t, dir) })
	file := filepath.Join(dir, "file")
	for _, c := range []struct {
		name  string
		write func() error
		want  string
	}{
		{"new", func() error { return atomicfile.Write(file, []byte("first"), 0o600) }, "first"},
		{"replaced", func() error { return atomicfile.Write(file, []byte("second"), 0o600) }, "second"},
		// Were this one found, the test would show nothing of the others.
		{"volatile", func() error { return atomicfile.WriteVolatile(file, []byte("third"), 0o600) }, "second"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.write(); err != nil {
				t.Fatal(err)
			}
			if got := afterPowerCut(t, disk, filepath.Base(file)); got != c.want {
				t.Errorf("after a power cut the file holds %q, want %q", got, c.want)
			}
		})
	}
}

// afterPowerCut is what a file at the root of a disk holds on another host.
func afterPowerCut(t *testing.T, disk storagetest.Loop, name string) string {
	t.Helper()
	left := storagetest.NewLoop(t, "", 16<<20)
	from, err := os.Open(disk.File)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(left.Device, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	storagetest.Run(t, "mount", left.Device, dir)
	defer storagetest.Unmount(t, dir)
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Error(err)
	}
	return string(content)
}
