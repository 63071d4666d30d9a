package storage_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
)

const filesystemSize = 320 << 20 // the smallest that mkfs.xfs makes is 300 MiB

// filesystem makes a volume with a filesystem and a place to mount it.
func filesystem(t *testing.T, kind string) (data storage.Node, target string) {
	t.Helper()
	loop := storagetest.NewLoop(t, "", filesystemSize)
	storagetest.Run(t, "mkfs."+kind, "-q", loop.Device)
	target = filepath.Join(t.TempDir(), "drbd", "data")
	t.Cleanup(func() { storagetest.Unmount(t, target) })
	return loop.Node(t), target
}

func mountOn(t *testing.T, data storage.Node, target string) storage.Filesystem {
	t.Helper()
	fs, err := storage.OnHost().Mount(t.Context(), data, target)
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

// patience bounds what ends at once on a machine that is not busy.
func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestMount(t *testing.T) {
	for kind, option := range map[string]string{"ext4": "errors=remount-ro", "xfs": "nouuid"} {
		data, target := filesystem(t, kind)
		for range 2 { // again changes nothing
			if fs := mountOn(t, data, target); fs != (storage.Filesystem{Type: kind}) {
				t.Errorf("%s: mounted as %+v", kind, fs)
			}
		}
		text := storagetest.Run(t, "findmnt", "--noheadings", "--output", "OPTIONS,MAJ:MIN", target)
		for _, want := range []string{"rw,", "nosuid", "nodev", "noatime", option, data.Number.String()} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: mounted with %q, want %s", kind, text, want)
			}
		}
		if n := strings.Count(text, "\n"); n != 1 {
			t.Errorf("%s: mounted %d times", kind, n)
		}
		h := storage.OnHost()
		for range 2 {
			if err := h.Unmount(patience(t), target, time.Second); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
		if err := os.Remove(target); err != nil {
			t.Errorf("%s: still mounted: %v", kind, err)
		}
	}
}

// What was synced before a cut is there after the journal was replayed, on a
// device that nobody unmounted.
func TestMountReplaysJournal(t *testing.T) {
	for _, kind := range []string{"ext4", "xfs"} {
		data, target := filesystem(t, kind)
		mountOn(t, data, target)
		f, err := os.Create(filepath.Join(target, "acknowledged"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString("kept"); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			t.Fatal(err)
		}
		// A copy is the disk as another host meets it.
		copied := storagetest.NewLoop(t, "", filesystemSize)
		storagetest.Run(t, "dd", "if="+data.Path, "of="+copied.Device, "bs=1M", "iflag=direct", "conv=fsync", "status=none")
		other := filepath.Join(t.TempDir(), "data")
		t.Cleanup(func() { storagetest.Unmount(t, other) })
		mountOn(t, copied.Node(t), other)
		if got, err := os.ReadFile(filepath.Join(other, "acknowledged")); err != nil || string(got) != "kept" {
			t.Errorf("%s: %q, %v", kind, got, err)
		}
	}
}

func TestMountRefuses(t *testing.T) {
	data, target := filesystem(t, "ext4")
	second, _ := filesystem(t, "ext4")
	blank := storagetest.NewLoop(t, "", 1<<20).Node(t)
	stale := data
	stale.Number.Minor++
	elsewhere := t.TempDir()
	t.Cleanup(func() { storagetest.Unmount(t, elsewhere) })
	for _, test := range []struct {
		what   string
		before func()
		data   storage.Node
		want   any
		text   string
	}{
		{"blank", nil, blank, new(*storage.FilesystemError), "holds nothing"},
		{"stale file", nil, stale, new(*storage.NodeError), ""},
		{"mounted at a second place", func() { storagetest.Run(t, "mount", data.Path, elsewhere) }, data, new(*storage.MountedError), elsewhere},
		{"another at the place", func() {
			storagetest.Unmount(t, elsewhere)
			mountOn(t, second, target)
		}, data, new(*storage.MountedError), target},
		{"mounted read-only", func() {
			storagetest.Unmount(t, target)
			storagetest.Run(t, "mount", "-o", "ro", data.Path, target)
		}, data, new(*storage.MountedError), "takes no writes"},
	} {
		if test.before != nil {
			test.before()
		}
		_, err := storage.OnHost().Mount(t.Context(), test.data, target)
		if !errors.As(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", test.what, err)
		}
	}
}

// A filesystem with noted errors is mounted and said to be suspect.
func TestMountSuspect(t *testing.T) {
	data, target := filesystem(t, "ext4")
	storagetest.Run(t, "debugfs", "-w", "-R", "set_super_value state 3", data.Path) // clean, with errors
	if fs := mountOn(t, data, target); !fs.Suspect {
		t.Error("not suspect")
	}
}

// What is damaged beyond the journal is not mounted, and the error says what to
// do.
func TestMountDamaged(t *testing.T) {
	data, target := filesystem(t, "ext4")
	// The block of group descriptors, whose checksums mounting looks at.
	storagetest.Run(t, "dd", "if=/dev/urandom", "of="+data.Path, "bs=4096", "seek=1", "count=1", "conv=notrunc,fsync", "status=none")
	_, err := storage.OnHost().Mount(t.Context(), data, target)
	var damaged *storage.FilesystemError
	if !errors.As(err, &damaged) || !strings.Contains(damaged.Why, "e2fsck -f") {
		t.Errorf("got %v", err)
	}
}

// sh runs a shell that holds something; it says so by a line.
func sh(t *testing.T, script string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command("sh", append([]string{"-c", script, "sh"}, args...)...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait() // killed, by one or the other
	})
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return c
}

// Unmounting ends what holds the filesystem, however it does.
func TestUnmountEndsHolders(t *testing.T) {
	data, target := filesystem(t, "ext4")
	mountOn(t, data, target)
	program := filepath.Join(target, "sleep")
	storagetest.Run(t, "cp", "/bin/sleep", program)
	storagetest.Run(t, "cp", "/bin/true", filepath.Join(target, "library"))
	const stay = "; echo; exec sleep 600"
	holders := map[string]*exec.Cmd{
		"an open file":             sh(t, `exec 3>"$1/file"`+stay, target),
		"an open file, deleted":    sh(t, `exec 3>"$1/gone"; rm "$1/gone"`+stay, target),
		"its directory":            sh(t, `cd "$1"`+stay, target),
		"its program":              sh(t, `echo; exec "$1" 600`, program),
		"a file, not heeding TERM": sh(t, `trap "" TERM; exec 3>"$1/stubborn"; echo; while :; do sleep 600; done`, target),
		"a file, stopped":          sh(t, `exec 3>"$1/stopped"`+stay, target),
		"its mount namespace":      sh(t, `exec unshare --mount --propagation private sh -c "echo; exec sleep 600"`),
	}
	if err := holders["a file, stopped"].Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	bystander := sh(t, "echo; exec sleep 600")
	if err := storage.OnHost().Unmount(patience(t), target, 300*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for what, c := range holders {
		if err := c.Wait(); err == nil || c.ProcessState.Exited() {
			t.Errorf("%s: ended by itself: %v", what, err)
		}
	}
	if err := bystander.Process.Signal(unix.Signal(0)); err != nil {
		t.Errorf("who holds nothing: %v", err)
	}
	// Nobody has it mounted any more.
	fd, err := data.Open(unix.O_RDONLY | unix.O_EXCL)
	if err != nil {
		t.Fatalf("still in use: %v", err)
	}
	if err := unix.Close(fd); err != nil {
		t.Error(err)
	}
}

// The time to unmount is bounded, and the error says who held it.
func TestUnmountGivesUp(t *testing.T) {
	data, target := filesystem(t, "ext4")
	mountOn(t, data, target)
	f, err := os.Create(filepath.Join(target, "ours"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := storage.OnHost()
	var held *storage.HeldError
	if err := h.Unmount(patience(t), target, time.Second); !errors.As(err, &held) || len(held.Holders) != 1 || held.Holders[0].PID != os.Getpid() {
		t.Errorf("held by ourselves: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	below := filepath.Join(target, "below")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	storagetest.Run(t, "mount", "-t", "tmpfs", "none", below)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := h.Unmount(ctx, target, time.Second); !errors.As(err, &held) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a mount below: %v", err)
	}
	storagetest.Unmount(t, below)
	second := t.TempDir()
	t.Cleanup(func() { storagetest.Unmount(t, second) })
	storagetest.Run(t, "mount", "--bind", target, second)
	var mounted *storage.MountedError
	if err := h.Unmount(patience(t), target, time.Second); !errors.As(err, &mounted) || mounted.Path != second {
		t.Errorf("mounted at a second place: %v", err)
	}
}

// A fenced filesystem is gone from its place at once, and who still has a file
// of it open can neither write nor sync.
func TestFence(t *testing.T) {
	for _, kind := range []string{"ext4", "xfs"} {
		data, target := filesystem(t, kind)
		mountOn(t, data, target)
		f, err := os.Create(filepath.Join(target, "file"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString("before"); err != nil {
			t.Fatal(err)
		}
		h := storage.OnHost()
		for range 2 { // again there is nothing to do
			if err := h.Fence(target); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
		if _, err := os.Stat(filepath.Join(target, "file")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: still mounted: %v", kind, err)
		}
		if err := f.Sync(); !errors.Is(err, unix.EIO) {
			t.Errorf("%s: sync of what was cached: %v, want %v", kind, err, unix.EIO)
		}
		if err := f.Close(); err != nil {
			t.Errorf("%s: close: %v", kind, err)
		}
		mountOn(t, data, target)
		if content, err := os.ReadFile(filepath.Join(target, "file")); err == nil && len(content) > 0 {
			t.Errorf("%s: what was cached was written: %q", kind, content)
		}
	}
}

// shutDown does to a filesystem what it does to itself when its disk is gone.
func shutDown(t *testing.T, target string) {
	t.Helper()
	fd, err := unix.Open(target, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	const goingDown, withoutFlush = 0x8004587d, 2
	if err := errors.Join(unix.IoctlSetPointerInt(fd, goingDown, withoutFlush), unix.Close(fd)); err != nil {
		t.Fatal(err)
	}
}

// A filesystem that shut itself down may answer nothing any more, XFS not even
// what its root is: it is seen and taken away all the same, also by way of links.
func TestDeadFilesystem(t *testing.T) {
	for _, kind := range []string{"ext4", "xfs"} {
		data, target := filesystem(t, kind)
		dir := t.TempDir()
		link, second := filepath.Join(dir, "link"), filepath.Join(dir, "second")
		if err := errors.Join(os.Symlink(target, link), os.Symlink("link", second)); err != nil {
			t.Fatal(err)
		}
		h := storage.OnHost()
		for what, path := range map[string]string{"itself": target, "a link": link, "a link to a link": second} {
			for way, end := range map[string]func() error{
				"fenced":    func() error { return h.Fence(path) },
				"unmounted": func() error { return h.Unmount(patience(t), path, time.Second) },
			} {
				mountOn(t, data, target)
				shutDown(t, target)
				if mounted, err := storage.MountedAt(path); err != nil || !mounted {
					t.Errorf("%s, by %s: mounted %t, %v", kind, what, mounted, err)
				}
				if err := end(); err != nil {
					t.Errorf("%s, by %s, %s: %v", kind, what, way, err)
				}
				if mounted, err := storage.MountedAt(path); err != nil || mounted {
					t.Errorf("%s, by %s, %s: mounted %t still, %v", kind, what, way, mounted, err)
				}
				_ = unix.Unmount(target, unix.MNT_DETACH) // a dead one is left to nobody
			}
		}
	}
}

// The host's own filesystem is never shut down, whatever is mounted where.
func TestFenceSparesTheHost(t *testing.T) {
	target := t.TempDir()
	t.Cleanup(func() { storagetest.Unmount(t, target) })
	h := storage.OnHost()
	if err := h.Fence(target); err != nil {
		t.Errorf("nothing mounted: %v", err)
	}
	storagetest.Run(t, "mount", "--bind", "/", target)
	if err := h.Fence(target); err == nil {
		t.Error("a part of the host's own filesystem: no error")
	}
	if err := os.WriteFile(filepath.Join(t.TempDir(), "alive"), nil, 0o600); err != nil {
		t.Errorf("the host's filesystem: %v", err)
	}
}
