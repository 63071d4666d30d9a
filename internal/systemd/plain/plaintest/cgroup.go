// Package plaintest gives tests control groups.
package plaintest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/moby/sys/mountinfo"
)

// Group returns the name of a control group that is not there yet.
func Group(tb testing.TB) string {
	tb.Helper()
	mounts, err := mountinfo.GetMounts(mountinfo.FSTypeFilter("cgroup2"))
	if err != nil || len(mounts) == 0 {
		tb.Fatalf("this test needs a mounted cgroup2: %v, %v", mounts, err)
	}
	name, err := os.MkdirTemp(mounts[0].Mountpoint, "tournant-test-")
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		tb.Fatal(err)
	}
	return filepath.Clean(name)
}
