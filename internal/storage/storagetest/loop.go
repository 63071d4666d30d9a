// Package storagetest gives tests real block devices: loop devices over files
// of their own. They need root, as the code under test does.
package storagetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
	device := strings.TrimSpace(Run(tb, "losetup", "--find", "--show", "--direct-io=on", f.Name()))
	tb.Cleanup(func() { Run(tb, "losetup", "--detach", device) })
	return Loop{Device: device, File: f.Name()}
}

// Name is the kernel's name of the device.
func (l Loop) Name() string { return filepath.Base(l.Device) }

// Run runs a command, which must succeed, and returns what it wrote.
func Run(tb testing.TB, name string, args ...string) string {
	tb.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		tb.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
