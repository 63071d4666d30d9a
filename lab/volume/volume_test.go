package volume_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tournant/internal/storage"
	"tournant/lab/volume"
)

const mib = 1 << 20

// A rig is an open volume with its files.
type rig struct {
	*volume.Volume
	t     *testing.T
	dir   string
	image string
	log   string
}

func open(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, dir: dir, image: filepath.Join(dir, "image"), log: filepath.Join(dir, "volume.jsonl")}
	if err := volume.Create(r.image, 64*mib); err != nil {
		t.Fatal(err)
	}
	r.reopen()
	// Whatever the test left behind is removed, and is a failure.
	t.Cleanup(func() {
		if r.Volume != nil {
			if err := r.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		if err := volume.Sweep(dir); err != nil {
			t.Errorf("sweep: %v", err)
		}
	})
	return r
}

func (r *rig) reopen() {
	r.t.Helper()
	v, err := volume.Open(volume.Config{ID: "vol-049df61146c4d7901", Image: r.image, Dir: r.dir, Log: r.log})
	if err != nil {
		r.t.Fatal(err)
	}
	r.Volume = v
}

func (r *rig) attach(host string) {
	r.t.Helper()
	if err := r.Attach(host, "/dev/xvdf"); err != nil {
		r.t.Fatal(err)
	}
}

// force is what DetachVolume with Force does.
func (r *rig) force(host string) {
	r.t.Helper()
	r.Cut(host)
	if err := r.Remove(host); err != nil {
		r.t.Fatal(err)
	}
}

// node is host's device or partition, in its own /dev.
func (r *rig) node(host, name string) string { return filepath.Join(r.Dev(host), name) }

// mount mounts host's data partition until the test's end.
func (r *rig) mount(host, name string) (at string) {
	r.t.Helper()
	at = filepath.Join(r.dir, "mnt-"+host)
	if err := os.MkdirAll(at, 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := unix.Mount(r.node(host, name), at, "ext4", 0, ""); err != nil {
		r.t.Fatalf("mount %s: %v", name, err)
	}
	return at
}

func (r *rig) unmount(at string) {
	r.t.Helper()
	if err := unix.Unmount(at, 0); err != nil {
		r.t.Errorf("unmount %s: %v", at, err)
	}
}

// sync writes out the whole filesystem that f is in.
func (r *rig) sync(f *os.File) {
	r.t.Helper()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) mkfs(host string) {
	r.t.Helper()
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", r.node(host, "nvme1n1p2")).CombinedOutput(); err != nil {
		r.t.Fatalf("mkfs.ext4: %v: %s", err, out)
	}
}

// report is what the log proves.
func (r *rig) report() volume.Report {
	r.t.Helper()
	f, err := os.Open(r.log)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	report, err := volume.Check(f)
	if err != nil {
		r.t.Fatal(err)
	}
	return report
}

func (r *rig) wantOneWriter() volume.Report {
	r.t.Helper()
	report := r.report()
	for _, v := range report.Violations {
		r.t.Error(v)
	}
	return report
}

// direct opens a device past the cache.
func (r *rig) direct(host, name string) int {
	r.t.Helper()
	fd, err := unix.Open(r.node(host, name), unix.O_RDWR|unix.O_DIRECT|unix.O_CLOEXEC, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// page is memory that direct I/O can use, filled with b.
func page(t *testing.T, b byte) []byte {
	t.Helper()
	p, err := unix.Mmap(-1, 0, storage.BlockSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(p) })
	copy(p, bytes.Repeat([]byte{b}, len(p)))
	return p
}

func (r *rig) imageAt(offset int64) byte {
	r.t.Helper()
	f, err := os.Open(r.image)
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], offset); err != nil {
		r.t.Fatal(err)
	}
	return b[0]
}

// What a host has synced survives its losing the volume in the middle of
// writing, and what it still wants to write does not reach the next one.
func TestForceWhileWriting(t *testing.T) {
	r := open(t)
	r.attach("be1")
	r.mkfs("be1")
	first := r.mount("be1", "nvme1n1p2")
	kept := bytes.Repeat([]byte("kept"), 100_000)
	if err := os.WriteFile(filepath.Join(first, "kept"), kept, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(first, "log"))
	if err != nil {
		t.Fatal(err)
	}
	r.sync(f)

	// One line after the other is synced and so acknowledged, until the volume
	// is gone.
	acknowledged := make(chan int)
	running := make(chan struct{})
	go func() {
		n := 0
		for ; ; n++ {
			if _, err := f.WriteString("line\n"); err != nil {
				break
			}
			if err := f.Sync(); err != nil {
				break
			}
			if n == 20 {
				close(running)
			}
		}
		acknowledged <- n
	}()
	<-running
	// A file that is never synced keeps the journal busy.
	if err := os.WriteFile(filepath.Join(first, "late"), bytes.Repeat([]byte("late"), 1_000_000), 0o600); err != nil {
		t.Fatal(err)
	}
	fd := r.direct("be1", "nvme1n1")
	r.force("be1")
	if _, err := unix.Pread(fd, page(t, 0), 0); !errors.Is(err, unix.EIO) {
		t.Errorf("direct read after the cut: %v, want EIO", err)
	}
	if _, err := unix.Pwrite(fd, page(t, 0), 8*mib); !errors.Is(err, unix.EIO) {
		t.Errorf("direct write after the cut: %v, want EIO", err)
	}
	lines := <-acknowledged
	if err := f.Sync(); err == nil {
		t.Error("fsync after the cut succeeded")
	}
	// What it could not write is what closing complains of.
	_ = f.Close()
	if got, err := os.ReadDir(filepath.Join(r.Sys("be1"), "block")); err != nil || len(got) != 0 {
		t.Errorf("be1 still sees %v, %v", got, err)
	}

	r.attach("be2")
	second := r.mount("be2", "nvme1n1p2")
	if got, err := os.ReadFile(filepath.Join(second, "kept")); err != nil || !bytes.Equal(got, kept) {
		t.Errorf("the synced file reads %d bytes, %v", len(got), err)
	}
	got, err := os.ReadFile(filepath.Join(second, "log"))
	if n := bytes.Count(got, []byte("line\n")); err != nil || n < lines {
		t.Errorf("be2 finds %d lines of %d acknowledged, %v", n, lines, err)
	}
	// The first one's caches are still dirty: nothing of them arrives.
	before := r.wantOneWriter()
	r.unmount(first)
	after := r.wantOneWriter()
	if after.Refused == 0 || before.Accepted > after.Accepted {
		t.Errorf("before be1 let go: %v; after: %v", before, after)
	}
	r.unmount(second)
	if out, err := exec.Command("e2fsck", "-fn", r.node("be2", "nvme1n1p2")).CombinedOutput(); err != nil {
		t.Errorf("e2fsck: %v: %s", err, out)
	}
}

// A power cut loses what was not synced: the kernel that lives on must not
// write it afterwards.
func TestPowerCutLosesWhatWasNotSynced(t *testing.T) {
	r := open(t)
	r.attach("be1")
	r.mkfs("be1")
	at := r.mount("be1", "nvme1n1p2")
	for _, name := range []string{"synced", "unsynced"} {
		f, err := os.Create(filepath.Join(at, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(name); err != nil {
			t.Fatal(err)
		}
		if name == "synced" {
			r.sync(f)
		}
		f.Close()
	}
	r.force("be1")
	r.unmount(at)
	r.attach("be1")
	at = r.mount("be1", "nvme1n1p2")
	defer r.unmount(at)
	if got, err := os.ReadFile(filepath.Join(at, "synced")); err != nil || string(got) != "synced" {
		t.Errorf("the synced file reads %q, %v", got, err)
	}
	if got, err := os.ReadFile(filepath.Join(at, "unsynced")); err == nil {
		t.Errorf("the file that was never synced reads %q", got)
	}
	r.wantOneWriter()
}

// A write that is under way when the volume is cut, as of a machine that was
// frozen in the middle of it, is refused however late it comes.
func TestHeldWriteIsRefusedAfterTheCut(t *testing.T) {
	r := open(t)
	r.attach("be1")
	fd := r.direct("be1", "nvme1n1")
	r.Stall("be1", true)
	done := make(chan error, 1)
	go func() {
		_, err := unix.Pwrite(fd, page(t, 'x'), 8*mib)
		done <- err
	}()
	r.waitHeld("be1", done)
	r.Cut("be1")
	if err := <-done; !errors.Is(err, unix.EIO) {
		t.Errorf("the held write: %v, want EIO", err)
	}
	r.Stall("be1", false)
	if err := r.Remove("be1"); err != nil {
		t.Error(err)
	}
	if got := r.imageAt(8 * mib); got != 0 {
		t.Errorf("the image has %q", got)
	}
	if report := r.wantOneWriter(); report.Accepted != 0 || report.Refused == 0 {
		t.Errorf("%v, want none accepted and some refused", report)
	}
}

// waitHeld returns when I/O of host is held up; done would tell that it was not.
func (r *rig) waitHeld(host string, done <-chan error) {
	r.t.Helper()
	for r.Held(host) == 0 {
		select {
		case err := <-done:
			r.t.Fatalf("what should be held up returned: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
}

func TestStallAndGoOn(t *testing.T) {
	r := open(t)
	r.attach("be1")
	fd := r.direct("be1", "nvme1n1p2")
	r.Stall("be1", true)
	done := make(chan error, 1)
	go func() {
		_, err := unix.Pwrite(fd, page(t, 'x'), 0)
		done <- err
	}()
	r.waitHeld("be1", done)
	r.Stall("be1", false)
	if err := <-done; err != nil {
		t.Errorf("the write, once it could go on: %v", err)
	}
	if got := r.imageAt(2 * mib); got != 'x' {
		t.Errorf("the image has %q", got)
	}
}

// Neither attaching nor removing waits for I/O that hangs: EC2's API would hang
// with it.
func TestAttachAndRemoveWhileStalled(t *testing.T) {
	r := open(t)
	r.Stall("be1", true)
	done := make(chan error, 1)
	go func() {
		err := r.Attach("be1", "/dev/xvdf")
		inUse, err2 := r.InUse("be1")
		if inUse {
			err2 = errors.New("in use")
		}
		r.Cut("be1")
		done <- errors.Join(err, err2, r.Remove("be1"))
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		r.Stall("be1", false)
		t.Error(errors.New("hangs"), <-done)
	}
}

func TestFailingIO(t *testing.T) {
	r := open(t)
	r.attach("be1")
	fd := r.direct("be1", "nvme1n1")
	r.Fail("be1", true)
	if _, err := unix.Pread(fd, page(t, 0), 0); !errors.Is(err, unix.EIO) {
		t.Errorf("read: %v, want EIO", err)
	}
	if _, err := unix.Pwrite(fd, page(t, 0), 8*mib); !errors.Is(err, unix.EIO) {
		t.Errorf("write: %v, want EIO", err)
	}
	r.Fail("be1", false)
	if _, err := unix.Pread(fd, page(t, 0), 0); err != nil {
		t.Errorf("read afterwards: %v", err)
	}
}

func TestInUse(t *testing.T) {
	r := open(t)
	want := func(want bool) {
		t.Helper()
		if got, err := r.InUse("be1"); err != nil || got != want {
			t.Errorf("in use: %v, %v, want %v", got, err, want)
		}
	}
	want(false)
	r.attach("be1")
	want(false)
	r.mkfs("be1")
	want(false)
	at := r.mount("be1", "nvme1n1p2")
	want(true)
	r.unmount(at)
	want(false)
	fd, err := unix.Open(r.node("be1", "nvme1n1p1"), unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	want(true)
	if err := unix.Close(fd); err != nil {
		t.Fatal(err)
	}
	want(false)
}

// The host finds its device as an agent looks for it, and no other host does.
func TestDeviceAsAgentsSeeIt(t *testing.T) {
	r := open(t)
	r.attach("be1")
	if err := r.Attach("be2", "/dev/xvdf"); err == nil {
		t.Error("a second attachment succeeded")
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(r.Sys("be1"), "block", "nvme1n1", name))
		if err != nil {
			t.Error(err)
		}
		return strings.TrimSpace(string(text))
	}
	for name, want := range map[string]string{
		"device/serial": "vol049df61146c4d7901", "size": "131072",
		"nvme1n1p1/partition": "1", "nvme1n1p1/start": "2048", "nvme1n1p1/size": "2048",
		"nvme1n1p2/partition": "2", "nvme1n1p2/start": "4096", "nvme1n1p2/size": "126976",
	} {
		if got := read(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"nvme1n1", "nvme1n1p1", "nvme1n1p2"} {
		number := read("dev")
		if name != "nvme1n1" {
			number = read(name + "/dev")
		}
		if got := numberOf(t, r.node("be1", name)); got != number {
			t.Errorf("the node %s is %s, sysfs says %s", name, got, number)
		}
	}
	r.force("be1")
	for _, dir := range []string{r.Dev("be1"), filepath.Join(r.Sys("be1"), "block")} {
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("%s has %v, %v", dir, left, err)
		}
	}
}

func numberOf(t *testing.T, node string) string {
	t.Helper()
	var s unix.Stat_t
	if err := unix.Stat(node, &s); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d:%d", unix.Major(s.Rdev), unix.Minor(s.Rdev))
}

// The epoch in the log is what the agent wrote, at the write that wrote it, and
// an older one that is written later is found out.
func TestEpochsInTheLog(t *testing.T) {
	r := open(t)
	take := func(host string) storage.Record {
		t.Helper()
		r.attach(host)
		h := &storage.Host{Sys: r.Sys(host), Dev: r.Dev(host), Proc: "/proc"}
		d, err := h.Find("vol-049df61146c4d7901", "/dev/xvdf")
		if err != nil {
			t.Fatal(err)
		}
		b, err := storage.OpenBlock(d.Partitions[1])
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if _, err := b.Read(); errors.Is(err, storage.ErrNotPrepared) {
			if err := b.Found(host, 6, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		record, err := b.Take(host, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Beat(time.Now()); err != nil {
			t.Fatal(err)
		}
		return record
	}
	if r := take("be1"); r.Epoch != 7 {
		t.Errorf("epoch %d, want 7", r.Epoch)
	}
	old := make([]byte, 2*storage.BlockSize)
	readImage(t, r.image, old)
	r.force("be1")
	if got := r.wantOneWriter().LastEpoch; got != 7 {
		t.Errorf("the log says epoch %d, want 7", got)
	}
	take("be2")
	if got := r.wantOneWriter().LastEpoch; got != 8 {
		t.Errorf("the log says epoch %d, want 8", got)
	}
	fd := r.direct("be2", "nvme1n1p1")
	stale := page(t, 0)
	copy(stale, old)
	if _, err := unix.Pwrite(fd, stale, 0); err != nil {
		t.Fatal(err)
	}
	if report := r.report(); len(report.Violations) != 1 || !strings.Contains(report.Violations[0], "epoch went back") {
		t.Errorf("an old epoch over a new one: %v", report)
	}
}

func readImage(t *testing.T, image string, b []byte) {
	t.Helper()
	f, err := os.Open(image)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.ReadAt(b, mib); err != nil {
		t.Fatal(err)
	}
}
