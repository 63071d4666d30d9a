package storagetest

import (
	"os/exec"
	"testing"
)

// Unmount takes away what a test may have left mounted.
func Unmount(tb testing.TB, dir string) {
	tb.Helper()
	for exec.Command("mountpoint", "-q", dir).Run() == nil {
		Run(tb, "umount", "--lazy", dir)
	}
}
