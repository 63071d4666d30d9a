// Package storagetest gives tests real block devices: loop devices over files
// of their own. They need root, as the code under test does.
package storagetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tournant/internal/storage"
)

// Loop is a loop device over a file.
type Loop struct {
	Device string // /dev/loopN
	File   string
}

// NewLoop makes a device of so many bytes that ends with the test. dir is
// where its file goes; "" is a directory of the test.
func NewLoop(tb testing.TB, dir string, size int64) Loop {
	tb.Helper()
	if dir == "" {
		dir = tb.TempDir()
	}
	f, err := os.CreateTemp(dir, "volume")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		tb.Fatal(err)
	}
	for range 8 {
		device := strings.TrimSpace(Run(tb, "losetup", "--find", "--show", "--direct-io=on", f.Name()))
		tb.Cleanup(func() { Run(tb, "losetup", "--detach", device) })
		if undivided(tb, device) {
			return Loop{Device: device, File: f.Name()}
		}
	}
	tb.Fatal("the loop devices still have the partitions of others")
	return Loop{}
}

// undivided takes away the partitions that whoever had the loop device before has
// left there, and says whether none is left: one that is in use stays.
func undivided(tb testing.TB, device string) bool {
	tb.Helper()
	_ = exec.Command("partx", "--delete", device).Run() // it fails where there are none
	left, err := filepath.Glob(filepath.Join("/sys/block", filepath.Base(device), filepath.Base(device)+"p*"))
	if err != nil {
		tb.Fatal(err)
	}
	return len(left) == 0
}

// Node is the device as this host's kernel shows it.
func (l Loop) Node(tb testing.TB) storage.Node {
	tb.Helper()
	return NodeOf(tb, l.Device)
}

// NodeOf is the block device of a file in /dev.
func NodeOf(tb testing.TB, path string) storage.Node {
	tb.Helper()
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return storage.Node{
		Name: filepath.Base(path), Path: path,
		Number: storage.Number{Major: unix.Major(stat.Rdev), Minor: unix.Minor(stat.Rdev)},
	}
}

// Run runs a command, which must succeed, and returns what it wrote.
func Run(tb testing.TB, name string, args ...string) string {
	tb.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		tb.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
