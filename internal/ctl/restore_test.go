package ctl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/internal/datadir"
)

// On a standby nothing is made beneath the volume's mount point.
func TestRestoreOnAStandby(t *testing.T) {
	a, out, _ := onHost(t, "be1", &play{frames: []frame{{standby("be1"), primary("be2")}}})
	code := Run(t.Context(), a.Env, []string{"restore", "backup.tgz"})
	if code == 0 || !strings.Contains(out.String(), "run the command on the primary") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if _, err := os.Lstat(a.path("volume")); err == nil {
		t.Error("made the directory beneath the mount point")
	}
}

// The key that commands sign with is the restored one, and the one before is kept.
func TestReplaceKey(t *testing.T) {
	a, out := newApp("")
	a.Prefix, a.Root = t.TempDir(), true
	a.Now = func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	dir, file := t.TempDir(), a.path(systemConfig, datadir.SuperuserKey)
	kept := file + ".20260102T030405Z"
	for _, step := range []struct{ what, restored, before, after, kept string }{
		{what: "no key at all"},
		{what: "none in /etc/opscode", restored: "new"},
		{"the same", "new", "new", "new", ""},
		{"another", "new", "old", "new", "old"},
	} {
		for name, content := range map[string]string{filepath.Join(dir, datadir.SuperuserKey): step.restored, file: step.before} {
			if content != "" {
				write(t, name, content)
			}
		}
		if err := a.replaceKey(dir); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		for name, want := range map[string]string{file: step.after, kept: step.kept} {
			if got, _ := os.ReadFile(name); string(got) != want {
				t.Errorf("%s: %s is %q, want %q", step.what, name, got, want)
			}
		}
	}
	if !strings.Contains(out.String(), "Copy it to every other host") {
		t.Errorf("said %q", out)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("the key's mode is %v, %v", info.Mode(), err)
	}
}
