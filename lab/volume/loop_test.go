package volume

import (
	"os"
	"path/filepath"
	"testing"
)

// A loop device that has been released and is somebody else's now stays theirs.
func TestReleaseLeavesOthersAlone(t *testing.T) {
	image := filepath.Join(t.TempDir(), "image")
	if err := Create(image, 8<<20); err != nil {
		t.Fatal(err)
	}
	table, err := partitions(image)
	if err != nil {
		t.Fatal(err)
	}
	d, err := makeDevice(image, table)
	if err != nil {
		t.Fatal(err)
	}
	former := loop{name: d.loop.name, file: filepath.Join(t.TempDir(), "image")}
	if err := former.release(); err != nil {
		t.Fatal(err)
	}
	if got, err := backing(d.loop.name); got != image {
		t.Errorf("%s is over %q, %v, want %s", d.loop.path(), got, err, image)
	}
	second := filepath.Join("/sys/block", d.loop.name, d.loop.name+"p2")
	if _, err := os.Stat(second); err != nil {
		t.Errorf("its partitions are gone: %v", err)
	}
	for range 2 {
		if err := d.loop.release(); err != nil {
			t.Error(err)
		}
	}
	if got, err := backing(d.loop.name); err == nil && got == image {
		t.Errorf("%s is over %q still", d.loop.path(), got)
	}
}
